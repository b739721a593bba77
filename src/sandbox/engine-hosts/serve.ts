// What the sandbox serves to droplets at the addresses where they look for it: Docker's packages, the distribution's from the
// machine's mirror, and the metadata service. Rules of the switch lead there, so that no port of the machine is taken.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { findMirror } from '../images/archive.ts';
import type { Library } from '../images/library.ts';
import { SERVED } from '../images/repository.ts';
import type { Machine } from '../types.ts';
import type { Served } from './disk.ts';
import { answerDocker } from './docker-packages.ts';
import { answerMetadata } from './metadata.ts';
import { answerFromMirror } from './mirror.ts';
import { run } from './run.ts';
import { inSwitch, type Switch } from './switch.ts';

const METADATA = '169.254.169.254';

export interface Surroundings {
  library: Library;
  network: Switch;
  log: (line: string) => void;
  /** The droplet that asks from the address: its public one, where it has one. */
  machineAt(address: string): Machine | undefined;
}

export async function serve(around: Surroundings): Promise<Served & { close(): Promise<void> }> {
  const { library, network, log, machineAt } = around;
  const gateway = plain(network.slot.gateway);
  const machine = plain(network.slot.machine);
  const tls = (name: string) => readFileSync(library.file('repository', `tls/${name}`), 'utf8');
  const mirror = await findMirror();
  const servers = [
    { at: gateway, port: 80, server: http.createServer((...both) => answerFromMirror(mirror, ...both, log)) },
    {
      at: gateway,
      port: 443,
      server: https.createServer(
        { key: tls('tls.key'), cert: tls('tls.crt') },
        answerDocker(library.file('repository', 'repository')),
      ),
    },
    {
      at: METADATA,
      port: 80,
      server: http.createServer((request, response) =>
        answerMetadata(machineAt(request.socket.remoteAddress ?? ''), request, response),
      ),
    },
  ];
  for (const { at, port, server } of servers) {
    const to = `${machine}:${await listen(server, machine)}`;
    const rule = `PREROUTING -d ${at} -p tcp --dport ${port} -j DNAT --to-destination ${to}`;
    await run(inSwitch(network.pid, ['iptables', '-w', '-t', 'nat', '-A', ...rule.split(' ')]));
  }
  return {
    address: gateway,
    names: [...SERVED, ...(mirror === undefined ? [] : [new URL(mirror).hostname])],
    authority: tls('ca.crt'),
    async close() {
      for (const { server } of servers) server.closeAllConnections();
      await Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

const plain = (address: string): string => address.replace(/\/.*/, '');

async function listen(server: Server, host: string): Promise<number> {
  await once(server.listen({ host, port: 0 }), 'listening');
  return (server.address() as AddressInfo).port;
}
