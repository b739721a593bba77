// `belt rm` and `belt down` of what is gone already, of what fails alone, and of what changes while they ask or work.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunOptions, type Started, type World, world } from '../support/belt.ts';
import { type Gate, type GateHooks, gate } from '../support/gate.ts';
import { act, api, breakIt, droplet, lines, mend, names, onHost, until, writes } from '../support/probe.ts';
import { account } from '../support/shop.ts';

const PLAIN = 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n';
const file = (managers: string, workers: string) =>
  `${PLAIN}cluster:\n  name: shop\n  managers: {nodes: "${managers}"}\n  workers: {nodes: "${workers}"}\n`;

const tagIt = async (w: World, name: string, tag: string): Promise<void> => {
  const { id } = await droplet(w, name);
  await api(w, 'POST', '/v2/tags', { name: tag });
  await api(w, 'POST', `/v2/tags/${tag}/resources`, {
    resources: [{ resource_id: String(id), resource_type: 'droplet' }],
  });
};

/** Answers each time that the question is there, after something was done. */
async function answering(run: Started, question: string, answers: readonly (() => Promise<string>)[]): Promise<void> {
  for (const [n, answer] of answers.entries()) {
    await until(`question ${n + 1}`, () => run.so().stderr.split(question).length > n + 1);
    run.type(`${await answer()}\n`);
  }
}

/** A world in which a test has a say in every request of belt's. */
function gated() {
  const w = world();
  let at: Gate;
  const hooks: GateHooks = {};
  return {
    w,
    hooks,
    async begin(text: string) {
      w.write('.belt.yaml', text);
      await w.sandbox();
      at = await gate(w, { before: (request) => hooks.before?.(request), after: (request) => hooks.after?.(request) });
    },
    start: (words: string, { env, ...others }: RunOptions = {}) =>
      w.start(words, { ...others, env: { ...at.env, ...env } }),
    belt: (words: string, { env, ...others }: RunOptions = {}) =>
      w.belt(words, { ...others, env: { ...at.env, ...env } }),
    /** Does something at the first request that is like that, before DigitalOcean gets it. */
    once(method: string, path: string, what: () => unknown) {
      hooks.before = async (request) => {
        if (request.method !== method || !request.path.startsWith(path)) return;
        hooks.before = () => {};
        await what();
      };
    },
    async end() {
      at?.close();
      await w.end();
    },
  };
}

describe('droplets without a swarm', () => {
  const { w, hooks, ...here } = gated();
  beforeAll(async () => {
    await here.begin(PLAIN);
    expect((await here.belt('create node[1:6]')).code).toBe(0);
    expect((await here.belt('create far1', { env: { BELT_CLUSTER: 'far' } })).code).toBe(0);
  });
  afterAll(() => here.end());

  /** A removal that is cut off once the droplet is deleted. */
  async function cutOff(name: string): Promise<void> {
    hooks.after = ({ method }) => {
      if (method === 'DELETE') run.interrupt();
    };
    const run = here.start(`rm -y ${name}`);
    expect((await run.outcome).code).toBe(130);
    hooks.after = () => {};
    await until('it is gone', async () => !(await names(w)).includes(name));
  }

  test('of what is gone already nothing is asked', async () => {
    await cutOff('node6');
    expect(await here.belt('rm node6')).toEqual({ code: 0, stdout: '', stderr: lines('node6: already gone') });
    // Its removal is finished: from now on it is a name like any other.
    expect(await here.belt('rm node6')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: there is no node "node6"\n'),
    });
  });

  test('what is gone beside a droplet of another cluster: that is asked about', async () => {
    await cutOff('node5');
    const before = await writes(w);
    const { code, stderr } = await here.belt('rm --any node5 far1');
    expect({ code, last: stderr.split('\n').slice(-3) }).toEqual({
      code: 2,
      last: [
        'error: rm asks before it deletes, but there is no terminal to ask on',
        'hint: add -y if you are sure',
        '',
      ],
    });
    expect(await writes(w)).toBe(before);
    expect(await names(w)).toContain('far1');
  });

  test('one of two that may not be deleted fails alone, and only the other is said to be removed', async () => {
    const { id } = await droplet(w, 'node3');
    await breakIt(w, `403=always@DELETE/v2/droplets/${id}`);
    const { code, stdout, stderr } = await here.belt('rm -y node[3:4]');
    await mend(w);
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'node4: removed\n' });
    expect(stderr.split('\n').slice(4)).toEqual([
      'error: 1 of 2 failed: node3',
      expect.stringContaining('  node3: the token lacks the right droplet:delete'),
      'hint: run the same command again',
      '',
    ]);
    expect(await names(w)).toEqual(['far1', 'node1', 'node2', 'node3']);
  });

  test('a droplet whose removal failed and that has become another cluster’s, too, is not said to be gone', async () => {
    await tagIt(w, 'node3', 'belt-cluster-blue');
    expect(await here.belt('rm -y node3')).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        'error: node3 belongs to several clusters: default, blue',
        'hint: if you are sure, --any removes it anyway, by its name or id',
      ),
    });
    expect(await names(w)).toContain('node3');
  });

  test('what changes while a person is asked is shown and asked about again; a no leaves it', async () => {
    const run = here.start('rm node2', { terminal: true, open: true });
    await answering(run, 'Delete 1 droplet? [y/N] ', [
      async () => {
        await act(w, 'node2', 'power_off');
        return 'y';
      },
      async () => 'n',
    ]);
    const { code, stderr } = await run.outcome;
    expect(code).not.toBe(0);
    expect(stderr).toContain('this changed in the meantime:');
    expect(stderr.match(/ {2}node2 .* (active|off) /g)?.map((line) => line.trim().split(/ +/).at(-1))).toEqual([
      'active',
      'off',
    ]);
    expect(await names(w)).toContain('node2');
  });

  test('an interrupt before the work says that nothing was removed', async () => {
    const run = here.start('rm node1', { terminal: true, open: true });
    await until('it asks', () => run.so().stderr.includes('[y/N]'));
    run.interrupt();
    const { code, stderr } = await run.outcome;
    expect({ code, said: stderr.includes('interrupted: nothing was removed') }).toEqual({ code: 130, said: true });
    expect(await names(w)).toContain('node1');
  });
});

describe('a cluster', () => {
  const { w, ...here } = gated();
  beforeAll(async () => {
    await here.begin(file('m[1:3]', 'w[1:3]'));
    expect((await here.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => here.end());

  /** A service whose task runs on the node, and can run nowhere else. */
  async function pin(name: string, node: string): Promise<void> {
    const create = `docker service create --detach --name ${name} --constraint node.hostname==${node} nginx`;
    expect(await onHost(w, 'm1', create)).toMatchObject({ code: 0 });
    const state = `docker service ps ${name} --format '{{.CurrentState}}'`;
    await until('it runs', async () => (await onHost(w, 'm1', state)).stdout.startsWith('Running'));
  }

  test('the swarm of another cluster is guarded, too', async () => {
    const before = await writes(w);
    const env = { BELT_CLUSTER: 'other' };
    expect(await here.belt('rm -y --any m2 m3', { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'error: without m[2:3] the swarm would lose its quorum: 1 of 3 managers would be left\n',
      ),
    });
    expect(await writes(w)).toBe(before);
    expect(await here.belt('rm --any w1', { env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        / {2}w1 .* worker, ready\nwarning: w1: belongs to shop, not to other\nerror: rm asks/,
      ),
    });
  });

  test('what is to run elsewhere is waited for as long as --timeout says', async () => {
    await pin('held', 'w3');
    const startMs = w.clock.now();
    const { code, stdout, stderr } = await here.belt('rm -y w3 --timeout 5');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'w3: removed\n' });
    expect(stderr).toContain('warning: w3: not all tasks of held run elsewhere yet; continuing\n');
    expect(stderr).toContain('.belt.yaml still names w3: remove it there, or the next belt up creates it again\n');
    expect(w.clock.now() - startMs).toBeLessThan(45_000);
    // One of the same name that is none of the cluster's is no node of the file.
    const order = { region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' };
    const made = await api(w, 'POST', '/v2/droplets', { ...order, name: 'w3', tags: ['mine'] });
    const { id } = (made as { droplet: { id: number } }).droplet;
    const foreign = await here.belt(`rm -y --any ${id}`);
    expect({ code: foreign.code, stdout: foreign.stdout }).toEqual({ code: 0, stdout: 'w3: removed\n' });
    expect(foreign.stderr).not.toContain('still names');
  });

  test('a manager that is demoted while nodes leave through it: the others go on through another', async () => {
    // It stays in the way of w2 for a minute.
    await pin('pinned', 'w2');
    const { id } = await droplet(w, 'w1');
    here.once('DELETE', `/v2/droplets/${id}`, () => onHost(w, 'm2', 'docker node demote m1'));
    const { code, stdout, stderr } = await here.belt('rm -y w1 w2 --trace');
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: lines('w1: removed', 'w2: removed') });
    expect(stderr).toContain('the manager that was asked is no longer one: asking another');
    expect(await names(w)).toEqual(['m1', 'm2', 'm3']);
    const list = await onHost(w, 'm2', "docker node ls --format '{{.Hostname}}'");
    expect(list.stdout.trim().split('\n').toSorted()).toEqual(['m1', 'm2', 'm3']);
  });

  test('down takes nothing but the whole name for a yes', async () => {
    const question = "Type the cluster's name (shop) to delete it all: ";
    for (const answer of ['y', 'Shop', 'sho', 'shop2', '']) {
      const run = here.start('down', { terminal: true, open: true });
      await answering(run, question, [async () => answer]);
      expect({ answer, code: (await run.outcome).code }).toEqual({ answer, code: 1 });
    }
    expect((await account(w)).droplets).toEqual(['m1', 'm2', 'm3']);
    const run = here.start('down', { terminal: true, open: true });
    await answering(run, question, [async () => 'shop']);
    expect((await run.outcome).code).toBe(0);
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: [] });
  });
});

describe('down while others are at work', () => {
  const { w, ...here } = gated();
  beforeAll(async () => {
    await here.begin(`${file('m1', 'w1')}  vpc: shop\n`);
    expect((await here.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => here.end());

  const order = { region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' };

  test('a droplet that another run makes meanwhile keeps its firewall, and is told', async () => {
    const w9 = { ...order, name: 'w9', tags: ['belt', 'belt-cluster-shop'] };
    here.once('DELETE', '/v2/droplets', () => api(w, 'POST', '/v2/droplets', w9));
    const { code, stdout, stderr } = await here.belt('down --yes');
    expect({ code, stdout }).toEqual({ code: 1, stdout: lines('m1: removed', 'w1: removed') });
    expect(stderr).toContain(
      lines(
        'error: w9 was created in the meantime',
        'hint: still billed: w9, 1 droplet, 6.00 USD a month · run the same command again: belt down',
      ),
    );
    expect(await account(w)).toEqual({ droplets: ['w9'], firewalls: ['belt-shop'], vpcs: ['shop'] });
  });

  test('one that only carries the tag is no reason to fail, but keeps the firewall', async () => {
    const db = { ...order, name: 'db', tags: ['belt-cluster-shop'] };
    here.once('DELETE', '/v2/droplets', () => api(w, 'POST', '/v2/droplets', db));
    const { code, stderr } = await here.belt('down --yes');
    expect({ code, said: stderr.split('\n').slice(-3) }, stderr).toEqual({
      code: 0,
      said: [
        'warning: firewall belt-shop is kept: it also protects db',
        'still billed: db, 1 droplet, 6.00 USD a month',
        '',
      ],
    });
    expect(await account(w)).toEqual({ droplets: ['db'], firewalls: ['belt-shop'], vpcs: [] });
  });

  test('an interrupt behind the droplets says what may be left', async () => {
    const { id } = await droplet(w, 'db');
    await api(w, 'DELETE', `/v2/droplets/${id}`);
    expect((await here.belt('up --yes')).code).toBe(0);
    here.once('DELETE', '/v2/firewalls', () => run.interrupt());
    const run = here.start('down --yes');
    const { code, stderr } = await run.outcome;
    expect({ code, said: stderr.split('\n').slice(-3) }).toEqual({
      code: 130,
      said: [
        'error: interrupted: the droplets are gone; the firewall or the VPC may remain',
        'hint: continue: belt down',
        '',
      ],
    });
    expect((await here.belt('down --yes')).code).toBe(0);
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: [] });
  });

  test('a VPC that DigitalOcean does not delete for another reason is an error', async () => {
    expect((await here.belt('up --yes')).code).toBe(0);
    await breakIt(w, '403=always@DELETE/v2/vpcs');
    const { code, stderr } = await here.belt('down --yes');
    await mend(w);
    expect({ code, isKept: stderr.includes('is kept') }, stderr).toEqual({ code: 1, isKept: false });
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: ['shop'] });
    // A VPC alone is something to delete.
    expect((await here.belt('down --yes')).stderr).toContain('VPC shop will be deleted\n');
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: [] });
  });
});
