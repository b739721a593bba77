// Lists and removes the layers in the cache.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

/** The folders of outdated recipes. */
export function outdated(cache: string): string[] {
  const wanted = new Set(folderNames().values());
  return foldersIn(cache).filter((folder) => LAYER.test(folder) && !wanted.has(folder));
}

/** Removes the layers; returns their number. */
export function removeLayers(cache: string, folders = foldersIn(cache)): number {
  for (const folder of folders) rmSync(join(cache, folder), { recursive: true, force: true });
  return folders.length;
}

function foldersIn(cache: string): string[] {
  try {
    return readdirSync(cache).filter((name) => LAYER.test(name) || name === '.building');
  } catch {
    return [];
  }
}

const size = async (folder: string): Promise<number> => Number.parseInt(await run(['du', '-sxm', folder]), 10);
