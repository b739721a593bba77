// Engine hosts: droplets that are machines of their own, with a real sshd and a real dockerd. Linux, as root. They know
// no DigitalOcean.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import ssh2 from 'ssh2';
import { messageOf } from '../../errors.ts';
import type { Host, HostFaults, Hosts, Machine } from '../types.ts';
import { parseUserData } from '../userdata/parse.ts';
import { hierarchies, makeGroup, removeGroup } from './cgroups.ts';
import { writeFiles } from './disk.ts';
import type { HostKey } from './firstBoot.ts';
import { EngineHost, type Surroundings } from './host.ts';
import { newRecord } from './record.ts';
import { Switch } from './switch.ts';
import { identityFiles, Templates } from './templates.ts';

/** What sshd listens on where nobody said otherwise. */
const SSH_PORT = 22;

export interface EngineHostsOptions {
  /** The sandbox's own folder. */
  folder: string;
  /** Writes a line to the sandbox's log. */
  log: (line: string) => void;
}

/** Makes the kind of hosts whose Swarm is real. */
export async function engineHosts({ folder, log }: EngineHostsOptions): Promise<Hosts> {
  const { group } = newRecord(folder);
  const all = hierarchies();
  makeGroup(all, `${group}/outside`);
  const templates = new Templates(join(folder, 'engine'));
  const hosts = new Set<EngineHost>();
  let network: Switch;
  const close = async () => {
    // One that does not end is ended with the group; the others have to end all the same.
    const ends = await Promise.allSettled([...hosts].map((host) => host.destroy()));
    for (const end of ends) if (end.status === 'rejected') log(messageOf(end.reason));
    await network?.close();
    await removeGroup(all, group);
  };
  try {
    [network] = await Promise.all([Switch.start(all, `${group}/outside`, log), templates.make(all, group, log)]);
  } catch (error) {
    await removeGroup(all, group);
    throw error;
  }
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
      const host = new EngineHost(await makeDroplet(templates, machine, faults, log), machine, faults, events, around);
      hosts.add(host);
      return host;
    },
    close,
  };
}

/** Its disk, as its image has it and with its user data to do. */
async function makeDroplet(
  templates: Templates,
  machine: Machine,
  faults: HostFaults,
  log: (line: string) => void,
): Promise<string> {
  const folder = await templates.copy(String(machine.id), machine);
  const user = parseUserData(machine.userData, log);
  const { name, authorizedKeys } = machine;
  const identity = { name, authorizedKeys, hostKeys: typed(user.hostKeys), user, sshResets: faults.sshResets ?? 0 };
  writeFiles(join(folder, 'root'), identityFiles(identity));
  return folder;
}

/** The keys that can be used, and of which type each is. */
function typed(keys: readonly string[]): HostKey[] {
  return keys.flatMap((key) => {
    const parsed = ssh2.utils.parseKey(key);
    if (parsed instanceof Error) return [];
    const name = [parsed].flat()[0]!.type;
    return [{ type: name.replace(/^ssh-/, '').replace(/^ecdsa-.*/, 'ecdsa'), key }];
  });
}
