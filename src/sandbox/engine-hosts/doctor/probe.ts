// Probes this machine: tries what engine hosts need, in temporary namespaces.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../../errors.ts';
import { findMirror } from '../../images/archive.ts';
import { missingLayers } from '../../images/build.ts';
import { hierarchies, makeGroup, removeGroup } from '../cgroups.ts';
import { hasBridgeFilter } from '../guard.ts';
import { run } from '../run.ts';
import { type Findings, PROGRAMS, type Program } from './findings.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** `folder` is where sandboxes are kept: their disks are there; `images` where their images are. */
export async function probe(folder: string, images: string): Promise<Findings> {
  const missing = (Object.keys(PROGRAMS) as Program[]).filter((program) => !isInstalled(program));
  const found: Findings = {
    platform: process.platform,
    root: process.getuid?.() === 0,
    missing,
    namespaces: undefined,
    overlay: undefined,
    cgroups: undefined,
    vxlan: true,
    bridgeFilter: true,
    ipvs: true,
    keyring: true,
    mirror: true,
    inotifyInstances: Number.POSITIVE_INFINITY,
    images: { missing: 0, seconds: 0, freeMiB: 0 },
  };
  if (found.platform !== 'linux' || !found.root) return found;
  return {
    ...found,
    ...(missing.includes('unshare') ? {} : await trials(folder)),
    cgroups: await failure(tryGroup),
    bridgeFilter: hasBridgeFilter(),
    ipvs: hasIpvs(),
    keyring: existsSync(KEYRING),
    mirror: (await findMirror()) !== undefined,
    inotifyInstances: Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8')),
    images: imagesIn(images),
  };
}

function imagesIn(cache: string): Findings['images'] {
  const layers = missingLayers(cache);
  let folder = cache;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const seconds = layers.reduce((sum, layer) => sum + layer.seconds, 0);
  return { missing: layers.length, seconds, freeMiB: Math.floor((bavail * bsize) / 2 ** 20) };
}

const isInstalled = (program: string): boolean =>
  ['/usr/sbin', '/usr/bin'].some((path) => existsSync(join(path, program)));

async function trials(folder: string): Promise<Pick<Findings, 'namespaces' | 'overlay' | 'vxlan'>> {
  const inside = (script: string) =>
    run(['unshare', '--net', '--mount', '--uts', '--pid', '--ipc', '--cgroup', '--fork', 'sh', '-ec', script]);
  const namespaces = await failure(() => inside('hostname try'));
  if (namespaces !== undefined) return { namespaces, overlay: undefined, vxlan: true };
  const overlay = await failure(async () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const place = mkdtempSync(join(folder, '.try-'));
    try {
      for (const one of ['upper', 'work', 'on']) mkdirSync(join(place, one));
      const options = 'lowerdir=/usr,upperdir=upper,workdir=work';
      await inside(`cd '${place}'; mount --make-rprivate /; mount -t overlay -o ${options} try on; touch on/file`);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
  const vxlan = await failure(() => inside('ip link add try type vxlan id 1 dstport 4789'));
  return { namespaces, overlay, vxlan: vxlan === undefined };
}

async function tryGroup(): Promise<void> {
  const group = `belt-try-${process.pid}`;
  const all = hierarchies();
  if (all.length === 0) throw new Error('none is mounted at /sys/fs/cgroup');
  try {
    makeGroup(all, group);
  } finally {
    await removeGroup(all, group);
  }
}

/** Built in, loaded, or there to be loaded by the engine when it needs it. */
function hasIpvs(): boolean {
  if (existsSync('/proc/net/ip_vs')) return true;
  const modules = join('/lib/modules', release());
  return ['modules.builtin', 'modules.dep'].some((name) => {
    const path = join(modules, name);
    return existsSync(path) && /\/ip_vs\.ko/.test(readFileSync(path, 'utf8'));
  });
}

async function failure(trial: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await trial();
    return undefined;
  } catch (error) {
    return (messageOf(error).split('\n')[0] ?? '').replace(/^unshare .*?: (?=unshare|mount|sh|ip)/, '');
  }
}
