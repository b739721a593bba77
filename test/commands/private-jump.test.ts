// A jump host that leads nowhere: what is said is about it, and costs no node that works.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { makeNatGateway } from '../support/nat-gateway.ts';
import { lines, told } from '../support/probe.ts';

const w = world();
const FILE = `---
digitalocean:
  region: sgp1
  image: 18153887
  ssh_key_fingerprint: 816630
  size: s-1vcpu-1gb
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]", public: false}
  firewall: {ssh_from: [127.0.0.0/8]}
`;
/** With another `ssh_jump` than the one that the cluster was made with; '' for none. */
const through = (jump: string) => ({ env: { DIGITALOCEAN_SSH_JUMP: jump } });

beforeAll(async () => {
  await w.sandbox();
  await makeNatGateway(w);
  w.write('.belt.yaml', FILE);
  expect(await w.belt('up --yes', through('m1'))).toMatchObject({ code: 0 });
});
afterAll(() => w.end());

const masked = (text: string) => text.replace(/SHA256:[\w+/]{43}/g, 'KEY');

describe('a jump host that leads nowhere is told of once, and no node is to be recreated', () => {
  const NAME_ANOTHER = 'set ssh_jump in .belt.yaml to a node with a public address (see: belt ls), or to user@host';
  const cases = [
    {
      name: 'a name that no node has',
      jump: 'nosuch',
      line: `w[1:2] cannot be reached (the jump host nosuch: cluster shop has no node nosuch with a public address); ${NAME_ANOTHER}`,
    },
    {
      name: 'a private node',
      jump: 'w1',
      line: `w[1:2] cannot be reached (the jump host w1: cluster shop has no node w1 with a public address); ${NAME_ANOTHER}`,
    },
  ];
  test.each(cases)('$name', async ({ jump, line }) => {
    const planned = await w.belt('plan', through(jump));
    expect(planned).toMatchObject({ code: 4 });
    expect(planned.stderr).toContain(`${line}\nnothing to change; 2 nodes cannot be reached; `);
    expect(planned.stderr).not.toMatch(/--replace|power-cycle/);
    const made = await w.belt('up --yes', through(jump));
    expect(made).toMatchObject({
      code: 3,
      stdout: 'shop: 1 of 3 nodes up to date; w[1:2] cannot be reached\n',
      stderr: `warning: ${line}\n`,
    });
  });

  test('none', async () => {
    const { stderr } = await w.belt('plan', through(''));
    expect(stderr).toContain(
      "w[1:2] cannot be reached (no jump host is set); set ssh_jump in .belt.yaml: user@host, a node's name, or '@manager'\n",
    );
    expect(stderr).not.toMatch(/--replace|power-cycle/);
  });

  test('one whose key was never trusted', async () => {
    const address = (await w.belt('ip m1')).stdout.trim();
    const { stderr } = await w.belt('plan', through(`root@${address}:${w.env['DIGITALOCEAN_SSH_PORT']}`));
    expect(masked(stderr)).toContain(
      `w[1:2] cannot be reached (the jump host ${address}: its host key is not known here: it presented KEY); compare that with what its administrator says, then: belt trust --jump\n`,
    );
    expect(stderr).not.toMatch(/--replace|power-cycle/);
  });
});

describe('OpenSSH is given no private address without a way to it', () => {
  const NO_NODE = 'cluster shop has no node nosuch with a public address';

  test('belt ssh', async () => {
    expect(told(await w.belt('ssh w1 true', through('nosuch')))).toEqual({
      code: 255,
      error: `w1 (10.104.0.3): the jump host nosuch: ${NO_NODE}`,
      hint: 'set ssh_jump in .belt.yaml to a node with a public address (see: belt ls), or to user@host',
    });
  });

  test.each([
    { jump: 'nosuch', why: `${NO_NODE} (ssh_jump)` },
    { jump: '', why: 'no jump host is set (ssh_jump)' },
  ])('belt ssh-config and inventory: "$jump"', async ({ jump, why }) => {
    const config = await w.belt('ssh-config', through(jump));
    expect(config).toMatchObject({ code: 0, stderr: `warning: w[1:2] are left out: ${why}\n` });
    expect(config.stdout).toContain('Host m1');
    expect(config.stdout).not.toContain('10.104.');
    const written = await w.belt('ssh-config --write -y', through(jump));
    expect(written.stderr).toContain(`warning: w[1:2] are left out: ${why}\n`);
    expect(await w.belt('inventory --no-swarm --format hosts', through(jump))).toMatchObject({
      code: 0,
      stderr: lines(
        ...['w1', 'w2'].map((name) => `warning: ${name} is left out: it has no public address, and ${why}`),
      ),
    });
  });
});

describe('before the jump host of nodes that stay is removed, a warning says so', () => {
  const gone = 'w[1:2] are reached through m1 (ssh_jump): without it, they cannot be reached';
  // Nobody can answer the question here: nothing is removed.
  test.each([
    { words: 'rm m1 --force', jump: 'm1' },
    { words: 'rm m1 --force', jump: '@manager' },
  ])('$words, ssh_jump: $jump', async ({ words, jump }) => {
    const { code, stderr } = await w.belt(words, through(jump));
    expect({ code, warned: stderr.split('\n').filter((line) => line === `warning: ${gone}`) }).toEqual({
      code: 2,
      warned: [`warning: ${gone}`],
    });
  });

  test('not for others', async () => {
    expect((await w.belt('rm w1', through('m1'))).stderr).not.toContain('ssh_jump');
    expect((await w.belt('rm m1 w[1:2]', through('m1'))).stderr).not.toContain('ssh_jump');
    expect((await w.status()).droplets).toHaveLength(3);
  });

  test('up --replace', async () => {
    const two = world();
    await two.sandbox();
    try {
      await makeNatGateway(two);
      two.write('.belt.yaml', FILE.replace('{nodes: m1}', '{nodes: "m[1:3]"}'));
      expect(await two.belt('up --yes', through('m1'))).toMatchObject({ code: 0 });
      expect((await two.belt('up --replace m1', through('m1'))).stderr).toContain(`warning: ${gone}\n`);
      expect((await two.belt('up --replace m1', through('@manager'))).stderr).not.toContain('ssh_jump');
    } finally {
      await two.end();
    }
  });
});

describe('belt trust --jump', () => {
  test('names a host once, where its name is its address', async () => {
    expect(told(await w.belt('trust --jump', through('root@127.0.0.1:1')))).toMatchObject({
      error: '127.0.0.1: connection refused',
    });
  });

  test('does not look for a node of the cluster in the DNS', async () => {
    expect(told(await w.belt('trust --jump', through('root@m1')))).toEqual({
      code: 2,
      error: 'ssh_jump is root@m1, but m1 is a node of the cluster',
      hint: 'write ssh_jump: m1 (it is reached by its own address, and verified by the key that is pinned for it)',
    });
  });
});

describe('a jump host that can lead to none of the new nodes is refused before they are paid for', () => {
  const c = world();
  const cluster = (managers: string) =>
    FILE.replace(/cluster:[\s\S]*/, `cluster:\n  name: shop\n  managers: {nodes: m1${managers}}\n`) +
    '  workers: {nodes: "w[1:2]", public: false}\n';
  const HINT = 'set ssh_jump in .belt.yaml to a node with a public address (see: belt ls), or to user@host';
  beforeAll(async () => {
    await c.sandbox();
    await makeNatGateway(c);
  });
  afterAll(() => c.end());

  test.each([
    { jump: '@manager', managers: ', public: false', names: 'm1,w[1:2]', what: 'manager', hint: HINT },
    { jump: 'w1', managers: '', names: 'w[1:2]', what: 'node w1', hint: HINT },
    { jump: 'nosuch', managers: '', names: 'w[1:2]', what: 'node nosuch', hint: HINT },
    { jump: 'M1', managers: '', names: 'w[1:2]', what: 'node M1', hint: `did you mean m1? ${HINT}` },
  ])('by plan and up: $jump beside m1$managers', async ({ jump, managers, names, what, hint }) => {
    c.write('.belt.yaml', cluster(managers));
    const refusal = {
      code: 2,
      error: `nothing would lead to ${names}: cluster shop has no ${what} with a public address`,
      hint,
    };
    expect(told(await c.belt('plan', through(jump)))).toEqual(refusal);
    expect(told(await c.belt('up --yes', through(jump)))).toEqual(refusal);
    expect((await c.status()).droplets).toEqual([]);
  });

  test('an outside host whose key was never accepted', async () => {
    c.write('.belt.yaml', cluster(', public: false'));
    const refusal = {
      code: 1,
      error: 'the host key of the jump host bastion.example is not known here',
      hint: 'see and accept it: belt trust --jump',
    };
    for (const words of ['plan', 'up --yes', 'create 512mb p1 --private'])
      expect(told(await c.belt(words, through('root@bastion.example')))).toEqual(refusal);
    expect((await c.status()).droplets).toEqual([]);
  });

  test('a node that is written like a host', async () => {
    c.write('.belt.yaml', cluster(''));
    expect(told(await c.belt('plan', through('root@m1')))).toMatchObject({
      code: 2,
      error: 'ssh_jump is root@m1, but m1 is a node of the cluster',
    });
  });

  test.each([
    { jump: 'p2', what: 'node p2' },
    { jump: '@manager', what: 'manager' },
  ])('by create: $jump, while the cluster has no node', async ({ jump, what }) => {
    expect(told(await c.belt('create 512mb p[1:2] --private', through(jump)))).toEqual({
      code: 2,
      error: `nothing would lead to p[1:2]: cluster shop has no ${what} with a public address`,
      hint: HINT,
    });
    expect((await c.status()).droplets).toEqual([]);
  });
});
