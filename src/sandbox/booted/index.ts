// Droplets that boot a distribution's own image: systemd, cloud-init, OpenSSH and Docker as its packages bring them. Linux, as
// root. They know no DigitalOcean.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { messageOf } from '../../errors.ts';
import { hierarchies, makeGroup, removeGroup } from '../engine-hosts/cgroups.ts';
import { newRecord } from '../engine-hosts/record.ts';
import { Switch } from '../engine-hosts/switch.ts';
import type { Library } from '../images/library.ts';
import type { Host, Hosts } from '../types.ts';
import { identityFiles, newDisk, trusted, writeFiles } from './disk.ts';
import { BootedHost, type Surroundings } from './host.ts';
import { serve } from './serve.ts';
import { originOf } from './slugs.ts';

/** What sshd listens on where nobody said otherwise. */
const SSH_PORT = 22;

export interface BootedHostsOptions {
  /** The sandbox's own folder. */
  folder: string;
  library: Library;
  /** Writes a line to the sandbox's log. */
  log: (line: string) => void;
}

/** Makes the kind of hosts that boot a distribution. */
export async function bootedHosts({ folder, library, log }: BootedHostsOptions): Promise<Hosts> {
  const { group } = newRecord(folder);
  const all = hierarchies();
  makeGroup(all, `${group}/outside`);
  const hosts = new Set<BootedHost>();
  const network = await Switch.start(all, `${group}/outside`, log).catch(async (error) => {
    await removeGroup(all, group);
    throw error;
  });
  const machineAt = (address: string) => [...hosts].find(({ machine }) => machine.publicAddress === address)?.machine;
  const served = await serve({ library, network, log, machineAt });
  const around: Surroundings = {
    hierarchies: all,
    group,
    network,
    sshPort: SSH_PORT,
    room: pLimit(availableParallelism()),
    log,
    destroyed: (host) => hosts.delete(host),
  };
  return {
    addresses: network.slot,
    sshPort: SSH_PORT,
    async create(machine, faults, events): Promise<Host> {
      const origin = originOf(machine);
      const disk = {
        folder: join(folder, 'engine/droplets', String(machine.id)),
        layers: origin.layers.map((name) => library.disk(name)),
      };
      await newDisk(disk.folder, library.file(`docker-${origin.suite}`, 'storage'));
      writeFiles(join(disk.folder, 'upper'), [
        ...identityFiles(machine, faults, served),
        trusted(disk.layers, served.authority),
      ]);
      const host = new BootedHost(disk, machine, faults, events, around);
      hosts.add(host);
      return host;
    },
    async close() {
      // One that does not end is ended with the group; the others have to end all the same.
      const ends = await Promise.allSettled([...hosts].map((host) => host.destroy()));
      for (const end of ends) if (end.status === 'rejected') log(messageOf(end.reason));
      await served.close();
      await network.close();
      await removeGroup(all, group);
    },
  };
}
