// Simulated hosts: droplets inside this process, on loopback addresses, with an sshd and a Docker engine each.
// They know no DigitalOcean.
import { EngineHttp } from '../engine/api/http.ts';
import type { Engine } from '../engine/model/engine.ts';
import { World } from '../engine/model/world.ts';
import type { Host, Hosts, HostsOptions } from '../types.ts';
import { LOOPBACK } from './addresses.ts';
import { Plug } from './cable.ts';
import { SimulatedHost } from './host.ts';

/** Connections between hosts are told apart by their ports. */
const FIRST_PORT = 32_768;

/** Makes the kind of hosts that needs neither Linux nor root. */
export function simulatedHosts(options: HostsOptions): Hosts {
  const world = new World<Engine>(options.random, options.clock);
  const http = new EngineHttp();
  const hosts = new Set<SimulatedHost>();
  let ports = FIRST_PORT;
  const dial = (from: SimulatedHost, address: string, port: number) => {
    const { vpcUuid, privateAddress } = from.machine;
    const to = [...hosts].find(({ machine }) => machine.privateAddress === address && machine.vpcUuid === vpcUuid);
    if (to === undefined) return 'No route to host';
    if (port !== options.sshPort) return 'Connection refused';
    if (to.sshd === undefined) return to.isOn ? 'Connection refused' : undefined;
    ports++;
    const ends = { remoteAddress: privateAddress, remotePort: ports, localAddress: address, localPort: port };
    const [near, far] = Plug.pair(ends);
    to.sshd.plugIn(far);
    return near;
  };
  const destroyed = (host: SimulatedHost) => hosts.delete(host);
  const surroundings = { options, world, http, destroyed, dial };
  return {
    addresses: LOOPBACK,
    sshPort: options.sshPort,
    async create(machine, faults): Promise<Host> {
      const host = new SimulatedHost(machine, faults, surroundings);
      hosts.add(host);
      return host;
    },
    async close() {
      await Promise.all([...hosts].map((host) => host.destroy()));
      world.close();
    },
  };
}
