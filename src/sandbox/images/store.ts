// Lists and removes the layers in the cache.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../attempt.ts';
import { run } from '../engine-hosts/run.ts';
import { folderNames, RECIPES } from './recipes.ts';

export interface Layer {
  name: string;
  state: 'built' | 'missing' | 'outdated';
  sizeMiB: number;
}

const LAYER = /^(.+)-[0-9a-f]{12}$/;

/** Every layer that a droplet may need, and those of outdated recipes. */
export async function listLayers(cache: string): Promise<Layer[]> {
  const wanted = folderNames();
  const there = foldersIn(cache);
  const current = RECIPES.map(async ({ name }): Promise<Layer> => {
    const folder = wanted.get(name)!;
    const built = there.includes(folder);
    return { name, state: built ? 'built' : 'missing', sizeMiB: built ? await size(join(cache, folder)) : 0 };
  });
  const old = outdated(cache).map(
    async (folder): Promise<Layer> => ({
      name: LAYER.exec(folder)![1]!,
      state: 'outdated',
      sizeMiB: await size(join(cache, folder)),
    }),
  );
  return await Promise.all([...current, ...old]);
}

export function outdated(cache: string): string[] {
  const wanted = new Set(folderNames().values());
  return foldersIn(cache).filter((folder) => LAYER.test(folder) && !wanted.has(folder));
}

/** Removes the layers, except those in use; returns their number. */
export function removeLayers(cache: string, folders = foldersIn(cache)): number {
  const used = folders.length > 0 ? mounted(cache) : new Set();
  const free = folders.filter((folder) => !used.has(folder));
  for (const folder of free) rmSync(join(cache, folder), { recursive: true, force: true });
  return free.length;
}

/**
 * The folders that are mounted somewhere: droplets run from them, also those of another home's sandboxes, which share the cache.
 * As root all mounts of the machine can be seen.
 */
export function mounted(cache: string): Set<string> {
  const used = new Set<string>();
  const layer = /^([\w.-]+-[0-9a-f]{12})\b/;
  // Where there is no /proc, nothing boots from them.
  const processes = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  for (const id of processes) {
    // One that has ended, or is not ours to look into, has none.
    const mounts = attempt(() => readFileSync(`/proc/${id}/mountinfo`, 'utf8')) ?? '';
    for (const rest of mounts.split(`${cache}/`).slice(1)) used.add(layer.exec(rest)?.[1] ?? '');
  }
  return used;
}

const foldersIn = (cache: string): string[] =>
  (attempt(() => readdirSync(cache)) ?? []).filter((name) => LAYER.test(name) || name === '.building');

const size = async (folder: string): Promise<number> => Number.parseInt(await run(['du', '-sxm', folder]), 10);
