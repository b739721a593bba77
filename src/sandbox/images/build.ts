// Builds the missing layers. One build at a time per machine, each in a folder that is renamed when it is complete.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BeltError } from '../../errors.ts';
import { attempt } from '../attempt.ts';
import { quoted } from '../quoted.ts';
import { folderNames, RECIPES, type Recipe } from './recipes.ts';
import { CHROOT } from './scripts.ts';

/** What of a layer's folder belongs to the droplet's disk. */
export const ROOT = 'upper';

export function missingLayers(cache: string): Recipe[] {
  const named = folderNames();
  return RECIPES.filter(({ name }) => !existsSync(join(cache, named.get(name)!)));
}

/**
 * A whole script: it finds `root`, with the layers below in it, and a function `layer` for the folders of the others. What
 * was mounted goes with its namespace, what a killed build left with the next one.
 */
export function buildLines(cache: string, { name, on, from, script }: Recipe, named: Map<string, string>): string[] {
  const lower = on.map((one) => join(cache, named.get(one)!, ROOT)).join(':');
  const layers = [...on, ...from].map((one) => `  ${one}) echo ${quoted(join(cache, named.get(one)!))} ;;`);
  return [
    'set -eu',
    'umask 022',
    'mkdir -p /run/systemd/nspawn && mount -t tmpfs nspawn /run/systemd/nspawn',
    `cd ${quoted(cache)}`,
    `[ -e ${named.get(name)} ] && exit 0`,
    'rm -rf .building',
    'mkdir -p .building/root .building/work .building/upper',
    'cd .building',
    lower === ''
      ? 'mount --bind upper root'
      : `mount -t overlay -o lowerdir=${quoted(lower)},upperdir=upper,workdir=work layer root`,
    ...(layers.length > 0 ? ['layer() { case $1 in', ...layers, 'esac; }'] : []),
    CHROOT,
    script,
    'cd ..',
    'umount .building/root',
    'rm -rf .building/root .building/work',
    `mv .building ${named.get(name)}`,
  ];
}

export interface BuildOptions {
  mirror: string;
  signal: AbortSignal;
}

/**
 * Builds one layer, unless somebody else does so in the meantime. What was built of it is left for the next build to remove.
 * @throws BeltError with the end of the tools' output; the signal's reason
 */
export async function buildLayer(cache: string, recipe: Recipe, { mirror, signal }: BuildOptions): Promise<void> {
  signal.throwIfAborted();
  mkdirSync(cache, { recursive: true });
  const script = buildLines(cache, recipe, folderNames()).join('\n');
  const [program, ...words] = ['flock', join(cache, '.lock'), ...ALONE, 'sh', '-c', script] as [string, ...string[]];
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...ENVIRONMENT, MIRROR: mirror },
    // A group of its own: all of its tools are ended together, by whatever ends belt.
    detached: true,
  });
  const end = () => attempt(() => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM'));
  signal.addEventListener('abort', end, { once: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4000);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new BeltError(`flock cannot be run: ${error.message}`)));
    child.once('close', resolve);
  });
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (code === 0) return;
  const lines = said.trimEnd().split('\n').slice(-8);
  throw new BeltError(`the image layer ${recipe.name} could not be built`, { lines });
}

/** What a build mounts is its own, and goes with it. */
const ALONE = ['unshare', '--mount', '--propagation', 'private', '--'];

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
