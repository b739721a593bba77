// The examples of help, run: each ends well on a simulated fleet, or says what it lacks here. That all are understood is in
// test/unit/cli/examples.test.ts.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS, GROUPS } from '../../src/commands/index.ts';
import { world } from '../support/belt.ts';
import { until } from '../support/probe.ts';
import { beltCommands, OUTPUT } from '../support/shell-lines.ts';

const COMPOSE = 'services:\n  web: {image: "nginx:1.29", ports: ["80:80"], deploy: {replicas: 3}}\n';
const DIGITALOCEAN = 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n';

/** They begin or end a sandbox, or build what it boots from; sandbox.test.ts and test/e2e have them. */
const OF_SANDBOXES = /^sandbox (start|stop|clean|status|env$|env [^-]|image)/;
/** They last until Ctrl-C, or run a program of this machine. */
const LASTS = /^(endpoint|forward|with|logs -f|stats(?!.*--no-stream))/;
/** One after another on a cluster that its file describes. */
const IS_FROM_FILE = /^(plan|up|down)\b/;
/** Each in a world of its own. */
const MAKES = /^(init|create|cluster|rm)\b/;

/** What an example says on a fleet that has nothing of what it is about, with its exit code. */
const LACKS: Readonly<Record<string, readonly [number, string]>> = {
  'belt deploy --rollback shop': [1, 'nothing to go back to'],
  'belt push app:1.2': [1, 'no Docker engine answers on this machine'],
  "belt push app:1.2 --to 'web-*'": [1, 'no Docker engine answers on this machine'],
  'docker save app:1.2 | belt push -f -': [1, 'it is cut off'],
  'belt docker service create --name app $(belt push app:1.2)': [1, 'no Docker engine answers on this machine'],
  'belt exec @all --retry-failed -- apt-get update': [2, 'ran a different command'],
  'belt ssh node1': [1, 'hosts have no shell to talk to'],
  'belt ssh -N -L 8080:localhost:80 node1': [2, "needs OpenSSH's ssh"],
  'belt ssh deploy@@manager': [2, "needs OpenSSH's ssh"],
  'belt sh web.1 --beside': [2, 'has no image that is known to have tools'],
  'belt cp web.1:/var/log/nginx .': [1, 'no such file or folder in web.1'],
  "belt cp app.conf tls 'web.*':/etc/app/": [1, 'no such folder in web.1'],
  'belt cp node1/cache:/data - | tar -t': [1, 'no such container'],
  "belt scp app.conf 'node[1:4]:/etc/app/'": [1, 'there is no such folder'],
  'belt scp node1:/var/log/syslog .': [1, 'no such file or folder'],
  "belt scp 'web-*:/etc/nginx' backup": [1, 'no such file or folder'],
  'belt stack rm shop blog --yes': [1, 'the swarm has no stack blog'],
  'belt registry login registry.digitalocean.com': [1, 'the account has no container registry'],
  'belt registry login registry.digitalocean.com/acme --expires 7d': [1, 'could not be found'],
  "belt swarm join node1 'node[2:3]' --manager": [3, 'is in the swarm as a worker'],
  'belt logs shop_web.2 node3/redis --since 10m': [2, 'is called "node3/redis"'],
  'belt plan': [4, 'will be created'],
  'belt plan --json': [4, ''],
  "belt create 1gb 'db[1:2]' --private": [2, 'no jump host is set'],
  'belt trust --jump': [2, 'no jump host is set'],
  'belt auth add work': [2, 'there is an account work already'],
  'pass do/work | belt auth add work': [2, 'there is an account work already'],
  'openssl rand -base64 24 | belt secret rotate session_key --yes': [1, 'the swarm has no secret session_key'],
};

const LINES = [
  ...new Set(
    [
      ...Object.values(GROUPS).map(({ examples }) => examples),
      ...(await Promise.all(Object.values(COMMANDS).map(async (load) => (await load()).default.examples))),
    ].flatMap((examples) => examples.map(([line]) => line)),
  ),
].map((line) => ({ line, first: beltCommands(line).at(-1)!.words.join(' ') }));
const FROM_FILE = LINES.filter(({ first }) => IS_FROM_FILE.test(first));
const MADE = LINES.filter(({ first }) => MAKES.test(first));
const OTHERS = LINES.filter(
  ({ first }) => ![IS_FROM_FILE, MAKES, OF_SANDBOXES, LASTS].some((kind) => kind.test(first)),
);

const w = world();
afterAll(() => w.end());

/** Runs what belt is asked for in the line; what it lacks is looked up. */
async function runs(line: string): Promise<void> {
  for (const { words, env, hasInput } of beltCommands(line)) {
    const input = hasInput ? 'what is piped in' : '';
    const { code, stderr } = await w.belt(words, { env, input });
    // The host plays a part of Docker, and no more.
    if (stderr.includes('not supported by simulated hosts')) expect(code, stderr).toBe(125);
    else if (stderr.includes('there is no terminal to ask on')) expect(code, stderr).toBe(2);
    else if (LACKS[line] && !(words[0] === 'docker' && words.includes(OUTPUT))) {
      expect({ code, stderr }).toEqual({ code: LACKS[line][0], stderr: expect.stringContaining(LACKS[line][1]) });
    } else expect(code, stderr).toBe(0);
  }
}

describe('on a fleet with a swarm', () => {
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:4] web-[1:2] db1');
    await w.belt('tag web-[1:2] web');
    await w.belt('tag db1 db');
    await w.belt('swarm join node1 node[2:4]');
    await w.belt('active node1');
    await w.belt('docker service create --name web --replicas 3 nginx');
    await w.belt('docker service create --name db redis');
    for (const name of ['stack.yml', 'stack.prod.yml']) w.write(name, COMPOSE);
    // Of another stack: a port is one service's.
    w.write('compose.yaml', COMPOSE.replace('80:80', '81:80'));
    for (const name of ['prod.env', 'app.conf', 'site/index.html', 'tls/key', 'key.pem']) w.write(name, 'A=b\n');
    expect(await w.belt('deploy shop -c stack.yml --yes')).toMatchObject({ code: 0 });
    await w.belt('auth add work', { input: w.env['DIGITALOCEAN_ACCESS_TOKEN']! });
    await until(
      'all run',
      async () => (await w.belt('docker service ls')).stdout.match(/ 3\/3 | 1\/1 /g)?.length === 3,
    );
  });

  test.each(OTHERS)('$line', ({ line }) => runs(line));
});

describe('a cluster from its file', () => {
  beforeAll(async () => {
    await w.sandbox();
    w.write(
      '.belt.yaml',
      `${DIGITALOCEAN}cluster: {name: shop, managers: {nodes: "node[1:3]"}, workers: {nodes: node4}}\n`,
    );
  });

  test.each(FROM_FILE)('$line', ({ line }) => runs(line));
});

describe('from nothing', () => {
  beforeEach(async () => {
    await w.sandbox();
    rmSync(join(w.cwd, '.belt'), { recursive: true, force: true });
    w.write('.belt.yaml', DIGITALOCEAN);
  });

  test.each(MADE)('$line', async ({ line, first }) => {
    if (/^init/.test(first)) {
      rmSync(join(w.cwd, '.belt.yaml'));
      // Enter takes what is in brackets.
      const { code, stderr } = await w.belt(first, { terminal: true, input: '\n'.repeat(20) });
      return expect(code, stderr).toBe(0);
    }
    if (/^cluster (?!new)/.test(first)) expect((await w.belt('cluster new shop --manager 1 --worker 1')).code).toBe(0);
    if (/^cluster (import|provision)/.test(first)) expect((await w.belt('up --yes')).code).toBe(0);
    // What is imported is described nowhere.
    if (/^cluster import/.test(first)) rmSync(join(w.cwd, '.belt'), { recursive: true });
    if (/@tag:manager/.test(first)) await w.belt('tag shop-manager1 manager', { env: { BELT_CLUSTER: 'shop' } });
    if (/^rm/.test(first)) expect((await w.belt('create 512mb node[1:4]')).code).toBe(0);
    await runs(line);
  });
});
