// Looks at a sandbox past belt: its API, its hosts, what it counted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { SandboxInfo } from '../../src/sandbox/info.ts';
import type { AnyWorld, Outcome } from './world.ts';

/** Joins lines as a program prints them. */
export const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join('');

/** What differs from run to run, out of a text: swarm ids and tokens. */
export const masked = (text: string): string =>
  text
    .replace(/SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}/g, 'TOKEN')
    .replace(/\b[0-9a-z]{25}\b/g, 'ID')
    .replace(/^[0-9a-z]{12}(?= {3})/gm, 'ID__________');

/** Waits until the condition gives something true, and gives that. */
export async function until<T>(what: string, condition: () => Promise<T> | T, withinMs = 120_000) {
  for (const deadline = Date.now() + withinMs; ; ) {
    const startMs = Date.now();
    const met = await condition();
    if (met) return met as Exclude<T, false | null | undefined>;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    // A look that takes a process or a login keeps the machine from what is waited for: it is busy half of the time at most.
    const tookMs = Date.now() - startMs;
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(20, tookMs), 1_000)));
  }
}

export const info = (world: AnyWorld<never>): SandboxInfo =>
  JSON.parse(readFileSync(join(world.home, '.belt/sandbox/default/info.json'), 'utf8'));

/** Asks the sandbox's API, outside belt and its rate limit. */
export async function api(world: AnyWorld<never>, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${world.env['DIGITALOCEAN_API_URL']}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${world.env['DIGITALOCEAN_ACCESS_TOKEN']}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const retryAfter = response.headers.get('retry-after');
  if (response.status === 429 && retryAfter !== null) {
    // Where a test has belt meet the limit, its own requests meet it too.
    await world.clock.sleep(Number(retryAfter) * 1000);
    return api(world, method, path, body);
  }
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : await response.json();
}

/** Breaks something from now on, in the words of `--fault`. */
export const breakIt = (world: AnyWorld<never>, spec: string) => api(world, 'POST', '/sandbox/faults', { spec });

/** Mends what was broken. */
export const mend = (world: AnyWorld<never>) => api(world, 'DELETE', '/sandbox/faults');

/** The names of all droplets, sorted, duplicates and all. */
export const names = async (world: AnyWorld<never>): Promise<string[]> =>
  (await world.status()).droplets.map(({ name }) => name).sort();

/** How many requests to make droplets there were. */
export const posts = async (world: AnyWorld<never>): Promise<number> =>
  (await world.status()).requests.byEndpoint['POST /v2/droplets'] ?? 0;

/** How many requests there were that change something. */
export const writes = async (world: AnyWorld<never>): Promise<number> =>
  Object.entries((await world.status()).requests.byEndpoint)
    .filter(([endpoint]) => !endpoint.startsWith('GET '))
    .reduce((sum, [, count]) => sum + count, 0);

/** An error as belt tells it. */
export const told = ({ code, stderr }: Pick<Outcome, 'code' | 'stderr'>) => ({
  code,
  error: /^error: (.*)$/m.exec(stderr)?.[1],
  hint: /^hint: (.*)$/m.exec(stderr)?.[1],
});

/** The droplet of this name, as the sandbox has it. */
export async function droplet(w: AnyWorld<never>, name: string) {
  const found = (await w.status()).droplets.find((one) => one.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

/** Does a power action and waits for its end. */
export async function act(w: AnyWorld<never>, name: string, type: string, more: object = {}): Promise<void> {
  const { id } = await droplet(w, name);
  const begun = (await api(w, 'POST', `/v2/droplets/${id}/actions`, { type, ...more })) as { action: { id: number } };
  await until(`${type} of ${name} is done`, async () => {
    const { action } = (await api(w, 'GET', `/v2/actions/${begun.action.id}`)) as { action: { status: string } };
    return action.status === 'completed';
  });
}

/** Runs a command on a host by SSH, with nothing of belt's between. */
export async function onHost(
  world: AnyWorld<never>,
  name: string,
  command: string,
): Promise<{ code: number; stdout: string }> {
  const droplet = (await world.status()).droplets.find((one) => one.name === name);
  const { sshPort, sshKeyPath } = info(world);
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    // Also in the middle of a command, of which ssh2 says nothing then.
    client.on('close', () => reject(new Error(`${name} closed the connection`)));
    client.on('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        let code = 255;
        channel.on('data', (chunk: Buffer) => chunks.push(chunk));
        channel.on('exit', (exit: number) => {
          code = exit;
        });
        channel.on('close', () => {
          client.end();
          resolve({ code, stdout: Buffer.concat(chunks).toString('utf8') });
        });
        channel.end();
      });
    });
    client.connect({
      host: droplet?.publicAddress ?? '',
      port: sshPort,
      username: 'root',
      privateKey: readFileSync(sshKeyPath),
      // A host whose plug is pulled says nothing.
      keepaliveInterval: 1000,
      keepaliveCountMax: 3,
    });
    // Or each answer waits for the 40 ms after which the kernel acknowledges.
    client.setNoDelay(true);
  });
}

/** The command lines that run on a host, those of this look aside. */
export const processes = async (world: AnyWorld<never>, name: string): Promise<string[]> =>
  (await onHost(world, name, 'ps -eo args=')).stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('ps '));

/** A file of belt's state for the account of this world's sandbox. */
export function stateFile(world: AnyWorld<never>, name: string, folder = world.env['BELT_STATE_DIR']!): string {
  const { last } = JSON.parse(readFileSync(join(folder, 'accounts.json'), 'utf8')) as { last: Record<string, string> };
  return join(folder, 'accounts', last[world.env['DIGITALOCEAN_API_URL']!]!, name);
}

/** Takes a node out of the cluster, or back into it, as the account tells; it stays in the swarm. */
export async function inCluster(w: AnyWorld<never>, name: string, isIn: boolean): Promise<void> {
  const { id } = await droplet(w, name);
  const resources = [{ resource_id: String(id), resource_type: 'droplet' }];
  await api(w, isIn ? 'POST' : 'DELETE', '/v2/tags/belt-cluster-default/resources', { resources });
  // What belt has seen of the cluster is not what there is any more.
  await w.belt('ls');
}
