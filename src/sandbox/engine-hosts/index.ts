// Droplets that boot a distribution's own image: systemd, cloud-init, OpenSSH and Docker as its packages bring them. Linux, as
// root. They know no DigitalOcean.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { messageOf } from '../../errors.ts';
import type { Library } from '../images/library.ts';
import type { Host, Hosts, Machine } from '../types.ts';
import { hierarchies, makeGroup, removeGroup } from './cgroups.ts';
import { emptyDisk, identityFiles, makeFolder, trusted, writeFiles } from './disk.ts';
import { EngineHost, type Surroundings } from './host.ts';
import { newRecord } from './record.ts';
import { run } from './run.ts';
import { serve } from './serve.ts';
import { originOf } from './slugs.ts';
import { type Disk, Snapshots } from './snapshots.ts';
import { Switch } from './switch.ts';

/** What sshd listens on where nobody said otherwise. */
const SSH_PORT = 22;

export interface EngineHostsOptions {
  /** The sandbox's own folder. */
  folder: string;
  library: Library;
  /** Writes a line to the sandbox's log. */
  log: (line: string) => void;
}

/** Makes the kind of hosts that boot a distribution. */
export async function engineHosts({ folder, library, log }: EngineHostsOptions): Promise<Hosts> {
  const { group } = newRecord(folder);
  const all = hierarchies();
  makeGroup(all, `${group}/outside`);
  const hosts = new Set<EngineHost>();
  const giveUp = async (error: unknown): Promise<never> => {
    await removeGroup(all, group);
    throw error;
  };
  const network = await Switch.start(all, `${group}/outside`, log).catch(giveUp);
  const machineAt = (address: string) =>
    [...hosts].find(({ machine }) => (machine.publicAddress || machine.privateAddress) === address)?.machine;
  const served = await serve({ library, network, log, machineAt }).catch(async (error) => {
    await network.close();
    return giveUp(error);
  });
  const snapshots = new Snapshots(join(folder, 'engine/snapshots'));
  const around: Surroundings = {
    hierarchies: all,
    group,
    network,
    sshPort: SSH_PORT,
    room: pLimit(availableParallelism()),
    log,
    keep: (image, disk) => snapshots.keep(image, disk),
    destroyed: (host) => hosts.delete(host),
  };
  return {
    addresses: network.slot,
    sshPort: SSH_PORT,
    async create(machine, faults, events): Promise<Host> {
      const to = join(folder, 'engine/droplets', String(machine.id));
      const disk = await makeDisk(machine, { to, library, snapshots });
      writeFiles(join(disk.folder, 'upper'), [
        ...identityFiles(machine, faults, served),
        trusted(disk.layers, served.authority),
      ]);
      const host = new EngineHost(disk, machine, faults, events, around);
      hosts.add(host);
      return host;
    },
    async close() {
      await destroyAll(hosts, log);
      await served.close();
      await network.close();
      await removeGroup(all, group);
    },
  };
}

/** One that does not end is ended with the group; the others have to end all the same. */
async function destroyAll(hosts: ReadonlySet<EngineHost>, log: (line: string) => void): Promise<void> {
  const ends = await Promise.allSettled([...hosts].map((host) => host.destroy()));
  for (const end of ends) if (end.status === 'rejected') log(messageOf(end.reason));
}

/** A new disk in the folder `to`, of the machine's image: a snapshot, or a distribution. */
async function makeDisk(
  machine: Machine,
  { to, library, snapshots }: { to: string; library: Library; snapshots: Snapshots },
): Promise<Disk> {
  await emptyDisk(to);
  const kept = await snapshots.restore(machine.image, to);
  if (kept !== undefined) return { folder: to, layers: kept };
  const { suite, layers } = originOf(machine);
  makeFolder(join(to, 'upper'));
  await run(['cp', '-a', library.file(`docker-${suite}`, 'storage'), join(to, 'docker')]);
  return { folder: to, layers: layers.map((name) => library.disk(name)) };
}
