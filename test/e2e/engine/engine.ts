// A world whose droplets are machines of their own (Linux, root, Docker's packages), and a look at what it leaves.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { isAlive } from '../../../src/processes.ts';
import { diagnose, installLine } from '../../../src/sandbox/engine-hosts/doctor/findings.ts';
import { probe } from '../../../src/sandbox/engine-hosts/doctor/probe.ts';
import { cacheFolder } from '../../../src/sandbox/images/library.ts';
import { info } from '../../support/probe.ts';
import { BELT, type World, world } from '../world.ts';

/** One cache for the homes of all tests. */
export const IMAGES = cacheFolder(process.env, homedir());

const diagnosis = diagnose(await probe(tmpdir(), IMAGES));
const required = process.env['CI'] === 'true';
const missing = [...diagnosis.obstacles, ...(diagnosis.buildSeconds > 0 ? ['their images are not built'] : [])];
const skipped = missing.length > 0 && !required;

if (skipped) {
  const install = installLine(diagnosis);
  process.stderr.write(
    `skipped: tests on real engines (${missing.join('; ')}); to run them, as root on Linux: ${install ? `${install} && ` : ''}node bin/belt.js sandbox image build && npx vitest run --config .config/vitest.config.ts --project engine\n`,
  );
} else if (diagnosis.buildSeconds > 0) {
  execFileSync(process.execPath, [BELT, 'sandbox', 'image', 'build'], { stdio: 'inherit' });
}

/** Tests on real engines: skipped where they cannot run, unless CI is to run them. */
export const onEngines = describe.skipIf(skipped);

export async function engineWorld(words = ''): Promise<World> {
  const made = world();
  made.env['BELT_IMAGES_DIR'] = IMAGES;
  await made.sandbox(`--hosts engine --boot-seconds 0 --api-latency 0 ${words}`);
  favour(groupOf(made));
  return made;
}

/** So many times what one process has. */
const WEIGHT = 8;

/**
 * Gives the droplets more of the machine's processors. All of them together have as much as one other process otherwise: beside the
 * tests that start processes they starve, and the tests on them take longest.
 */
function favour(group: string): void {
  for (const [file, unit] of [
    [join('/sys/fs/cgroup/cpu', group, 'cpu.shares'), 1024],
    [join('/sys/fs/cgroup', group, 'cpu.weight'), 100],
  ] as const)
    if (existsSync(file)) writeFileSync(file, String(WEIGHT * unit));
}

/** What a sandbox has on the machine, outside its folder. */
export interface Traces {
  group: string;
  /** As `ip link` begins its line; empty when there is no droplet to ask for. */
  link: string;
  folder: string;
}

const groupOf = (world: World): string =>
  (JSON.parse(readFileSync(join(info(world).folder, 'engine.json'), 'utf8')) as { group: string }).group;

export async function traces(world: World): Promise<Traces> {
  const { folder } = info(world);
  const group = groupOf(world);
  const [droplet] = (await world.status()).droplets;
  return { group, folder, link: droplet === undefined ? '' : linkOf(droplet.publicAddress) };
}

/** The cable by which the machine reaches the droplets, with its number: the name goes to the next sandbox that starts. */
function linkOf(address: string): string {
  const name = /dev (\S+)/.exec(ip('route', 'get', address))?.[1] ?? '';
  return /^\d+: [^@]+@/.exec(ip('-o', 'link', 'show', name))?.[0] ?? '';
}

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

/** Which of the traces are still there. */
export function left({ group, link, folder }: Traces): string[] {
  const hierarchies = readdirSync('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name));
  const groups = ['/sys/fs/cgroup', ...hierarchies].map((path) => join(path, group)).filter((path) => existsSync(path));
  const processes = readdirSync('/proc')
    // Not one that ended and waits to be reaped: the machine's first process may take its time.
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cgroup`).includes(group) && isAlive(Number(name)))
    .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
  const mounts = read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(folder));
  const links =
    link !== '' &&
    ip('-o', 'link')
      .split('\n')
      .some((line) => line.startsWith(link))
      ? [link]
      : [];
  return [...groups, ...processes, ...mounts, ...links, ...(existsSync(folder) ? [folder] : [])];
}

/** The folders of the droplets that exist on disk. */
export const disks = ({ folder }: Traces): string[] => readdirSync(join(folder, 'engine/droplets'));

/** The control groups of droplets. */
export const groupsOf = ({ group }: Traces): string[] => {
  const memory = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup']
    .map((path) => join(path, group))
    .find((path) => existsSync(path));
  return memory === undefined ? [] : readdirSync(memory).filter((name) => /^\d+$/.test(name));
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
