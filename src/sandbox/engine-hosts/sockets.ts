// Whether something listens on a droplet's port, read from its kernel's table: a connection would count for its firewall, and a
// connection without a login for its sshd.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { attempt } from '../attempt.ts';

const LISTENS = '0A';

/** Whether a process in the network of `pid` listens on the TCP port. */
export const listens = (pid: number, port: number): boolean =>
  ['tcp', 'tcp6'].some((name) => listening(read(`/proc/${pid}/net/${name}`)).includes(port));

/** The ports of a table of /proc/net that somebody listens on. */
export const listening = (table: string): number[] =>
  table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTENS)
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));

const read = (path: string): string => attempt(() => readFileSync(path, 'utf8')) ?? '';

/** Whether the engine behind the socket answers. */
export const answers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/_ping' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
