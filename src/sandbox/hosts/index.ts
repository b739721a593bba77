// Simulated hosts: droplets inside this process, on loopback addresses, with an sshd and a Docker engine each.
// They know no DigitalOcean.

import { EngineHttp } from '../engine/api/http.ts';
import { World } from '../engine/model/world.ts';
import type { Host, Hosts, HostsOptions } from '../types.ts';
import { LOOPBACK } from './addresses.ts';
import { SimulatedHost } from './host.ts';

/** Makes the kind of hosts that needs neither Linux nor root. */
export function simulatedHosts(options: HostsOptions): Hosts {
  const world = new World(options.random);
  const http = new EngineHttp();
  const hosts = new Set<SimulatedHost>();
  const surroundings = { options, world, http, destroyed: (host: SimulatedHost) => hosts.delete(host) };
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
      world.end();
    },
  };
}
