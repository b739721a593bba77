// `belt up` on the day a droplet dies: recreated by itself or by hand, taken out, or rolled back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, type World, world } from '../support/belt.ts';
import { type Gate, gate } from '../support/gate.ts';
import { act, api, breakIt, lines, mend, names } from '../support/probe.ts';

const file = (
  managers: string,
  workers: string,
) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "${managers}"}
  workers: {nodes: "${workers}"}
`;

const NAMES = ['m1', 'm2', 'm3', 'w1', 'w2'];
const RIGHT = ['m1 Ready manager', 'm2 Ready manager', 'm3 Ready manager', 'w1 Ready', 'w2 Ready'];

const FORMAT = '{{.Hostname}} {{.Status}} {{.ManagerStatus}}';

async function members(w: World, from = 'm1', options: RunOptions = {}): Promise<string[]> {
  const { stdout } = await w.belt(['--host', from, 'docker', 'node', 'ls', '--format', FORMAT], options);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trimEnd().replace(/Leader|Reachable/, 'manager'))
    .toSorted();
}

const idOf = async (w: World, name: string): Promise<number> =>
  (await w.status()).droplets.find((droplet) => droplet.name === name)!.id;

describe('a droplet that never comes up', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('m[1:3]', 'w[1:2]'));
    await w.sandbox();
  });
  afterAll(() => w.end());

  it.each([
    ['answers no SSH', 'no-ssh@w1', 'w1'],
    ['DigitalOcean failed to make', 'errored@w2', 'w2'],
    ['was to start the swarm', 'no-ssh@m1', 'm1'],
  ])('that %s is recreated, once, by itself', async (_, fault, name) => {
    await breakIt(w, fault);
    const { code, stderr, stdout } = await w.belt('up --yes --timeout 6');
    await mend(w);
    expect(stderr).toContain(`${name} never became reachable; recreating it\n`);
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'shop: 5 nodes, up to date',
    });
    expect(await names(w)).toEqual(NAMES);
    expect(await members(w)).toEqual(RIGHT);
    expect((await w.belt('down --yes')).code).toBe(0);
  });

  it('twice, fails alone: the end says what stands, what it costs, and what to do', async () => {
    await breakIt(w, 'no-ssh=2@w1');
    const { code, stderr } = await w.belt('up --yes --timeout 5');
    await mend(w);
    expect(code).toBe(3);
    expect(stderr).toContain(
      'm1 m2 m3 w1 w2 exist, 30.00 USD a month · finish: belt up · remove: belt down\n'.replace(
        'm1 m2 m3 w1 w2',
        'm[1:3],w[1:2]',
      ),
    );
    expect(stderr).toMatch(/error: 1 of 5 failed: w1\n {2}w1 \(\S+\): not reachable in time: /);
    expect(await members(w)).toEqual(['m1 Ready manager', 'm2 Ready manager', 'm3 Ready manager', 'w2 Ready']);
    // It was made by an earlier run, and may be somebody's by now: only a person's word recreates it.
    const again = await w.belt('up --yes --replace w1 --timeout 20');
    expect({ code: again.code, last: again.stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'shop: 5 nodes, up to date',
    });
    expect(await names(w)).toEqual(NAMES);
    expect((await w.belt('down --yes')).code).toBe(0);
  });

  it('and none that does: more likely the network here; nothing is deleted', async () => {
    await breakIt(w, 'no-ssh=5');
    const { code, stderr } = await w.belt('up --yes --timeout 4');
    await mend(w);
    expect(code).toBe(3);
    expect(stderr).not.toContain('recreating');
    expect(await names(w)).toEqual(NAMES);
    expect((await w.belt('down --yes')).code).toBe(0);
  });
});

describe('two droplets of one name', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('m1', 'w1'));
    await w.sandbox('--boot-seconds 0 --api-latency 0');
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  it('stop plan and up alike: nobody can tell which of them is the node', async () => {
    const own = await idOf(w, 'w1');
    const tags = ['belt', 'belt-cluster-shop'];
    const made = { name: 'w1', region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04', tags };
    const { droplet } = (await api(w, 'POST', '/v2/droplets', made)) as { droplet: { id: number } };
    const refused = {
      code: 1,
      stdout: '',
      stderr: lines(
        `error: w1: 2 droplets have this name (${own}, ${droplet.id})`,
        `hint: see which are in use: belt ls · usually the oldest of a name is kept: belt rm ${droplet.id}`,
      ),
    };
    expect(await w.belt('plan')).toEqual(refused);
    const waited = 'w1: two droplets have this name; a run elsewhere may be removing one: waiting\n';
    expect(await w.belt('up --yes')).toEqual({ ...refused, stderr: waited + refused.stderr });
    expect(await names(w)).toEqual(['m1', 'w1', 'w1']);
    const { code, stdout, stderr } = await w.belt('orphans');
    expect(code).toBe(4);
    expect(stdout).toMatch(new RegExp(`^${droplet.id} +w1 .*same name as ${own}`, 'm'));
    expect(stderr).toContain(
      `shop: w1: see which of one name is in use: belt ls · remove the other, most likely: belt rm ${droplet.id}\n`,
    );
    await act(w, 'w1', 'power_off');
    const off = await w.belt('orphans');
    expect(off.stdout).toMatch(new RegExp(`^${own} +w1 .*same name as ${droplet.id}`, 'm'));
    expect(off.stderr).toContain(`remove the other, most likely: belt rm ${own}\n`);
    await act(w, 'w1', 'power_on');
  });

  it('are all named where several names are doubled', async () => {
    const tags = ['belt', 'belt-cluster-shop'];
    const made = { name: 'm1', region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04', tags };
    await api(w, 'POST', '/v2/droplets', made);
    const { stderr } = await w.belt('plan');
    expect(stderr).toMatch(
      /^error: (m1|w1): 2 droplets have this name \(\d+, \d+\); (m1|w1): 2 droplets have this name \(\d+, \d+\)\nhint: .* belt rm \d+ \d+\n$/,
    );
  });
});

describe('--replace, --prune and --rollback', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('m[1:3]', 'w[1:3]'));
    await w.sandbox();
    const { code, stderr } = await w.belt('up --yes');
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(() => w.end());

  it('plan shows what they would do', async () => {
    w.write('.belt.yaml', file('m[1:3]', 'w[1:2]'));
    const { code, stdout, stderr } = await w.belt('plan --prune --replace w1');
    expect({ code, stdout }).toEqual({
      code: 4,
      stdout: lines(
        '  Node    Role      Size           USD/month  Change',
        '  m1      manager   s-1vcpu-1gb         6.00',
        '  m2      manager   s-1vcpu-1gb         6.00',
        '  m3      manager   s-1vcpu-1gb         6.00',
        '± w1      worker    s-1vcpu-1gb         6.00  remove, create, join as worker',
        '  w2      worker    s-1vcpu-1gb         6.00',
        '- w3                s-1vcpu-1gb         6.00  remove',
      ),
    });
    expect(stderr).toContain('1 node to create, 2 nodes to remove; 36.00 USD a month now, then 30.00 (0.045 an hour)');
    expect(await names(w)).toHaveLength(6);
  });

  it('without --prune what the file does not name stays', async () => {
    const { code, stdout, stderr } = await w.belt('up --yes');
    expect({ code, stdout, stderr }).toEqual({
      code: 4,
      stdout: 'shop: 5 of 5 nodes up to date; w3 is not in the file\n',
      stderr: expect.stringMatching(/^warning: w3 is not in the file \(droplet \d+\); remove it: belt up --prune\n$/),
    });
    expect(await names(w)).toContain('w3');
  });

  it('up asks before it removes anything', async () => {
    const { code, stderr } = await w.belt('up --prune');
    expect(code).toBe(2);
    expect(stderr).toContain('1 droplet and all data on it will be deleted:');
    expect(await names(w)).toContain('w3');
  });

  it('both, with a manager recreated: no entry is left behind, and the swarm never lost its quorum', async () => {
    await w.belt('--host m1 docker service create --name web --replicas 6 --no-resolve-image nginx');
    const old = await idOf(w, 'm2');
    const { code, stderr } = await w.belt('up --yes --prune --replace m2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    expect(await names(w)).toEqual(NAMES);
    expect(await idOf(w, 'm2')).not.toBe(old);
    expect(await members(w)).toEqual(RIGHT);
    const services = await w.belt(['--host', 'm1', 'docker', 'service', 'ls', '--format', '{{.Replicas}}']);
    expect(services.stdout).toBe('6/6\n');
  });

  it('the leader itself is replaced through another manager', async () => {
    const old = await idOf(w, 'm1');
    expect(await w.belt('up --yes --replace m1')).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('error'),
    });
    expect(await idOf(w, 'm1')).not.toBe(old);
    expect(await members(w, 'm3')).toEqual(RIGHT);
  });

  it('what would cost the quorum is refused before anything is done', async () => {
    const { code, stderr } = await w.belt('up --yes --replace m[1:3]');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: lines(
        'error: without m[1:3] the swarm would lose its quorum: no manager would be left',
        'hint: one after another: m1 alone can go; bring back the managers that are down, or add managers to the file',
      ),
    });
    expect(await members(w)).toHaveLength(5);
  });

  it('--replace of what the cluster has not', async () => {
    const { code, stderr } = await w.belt('up --yes --replace w9');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: lines("error: --replace w9: the file's cluster has no such node", 'hint: see: belt plan'),
    });
  });

  it('--rollback removes what a run that failed made, and nothing else', async () => {
    w.write('.belt.yaml', file('m[1:5]', 'w[1:3]'));
    await breakIt(w, 'no-ssh=2@w3');
    const { code, stderr } = await w.belt('up --yes --rollback --timeout 6');
    await mend(w);
    expect(code).toBe(3);
    expect(stderr).toContain('rolled back: 3 of 3 droplets deleted\n');
    expect(await names(w)).toEqual(NAMES);
    expect(await members(w)).toEqual(RIGHT);
  });
});

describe('an account that is full', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('m1', 'w1'));
    await w.sandbox('--droplet-limit 2');
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  it('has room for what takes the place of another', async () => {
    expect(await w.belt('up --yes --replace w1')).toMatchObject({ code: 0 });
    w.write('.belt.yaml', file('m1', 'w2'));
    expect(await w.belt('up --yes --prune')).toMatchObject({ code: 0 });
    expect(await names(w)).toEqual(['m1', 'w2']);
  });

  it('and for no more', async () => {
    w.write('.belt.yaml', file('m1', 'w[3:4]'));
    const { code, stderr } = await w.belt('up --yes --prune');
    expect({ code, error: stderr.split('\n')[0] }).toEqual({
      code: 1,
      error:
        "error: 2 more droplets would exceed the account's droplet limit: 2 of 2 are in use, 1 of which will be deleted",
    });
    expect(await names(w)).toEqual(['m1', 'w2']);
  });
});

describe('--rollback of managers', () => {
  const w = world();
  /** What the run that is under way said so far. */
  let said = () => '';
  let cannotList = false;
  let at: Gate;
  let options: RunOptions = {};
  beforeAll(async () => {
    w.write('.belt.yaml', file('m1', 'w1'));
    await w.sandbox();
    at = await gate(w, {
      answer: ({ method, path }) =>
        cannotList && method === 'GET' && /^\/v2\/droplets\?.*tag/.test(path) && said().includes('w2: failed')
          ? { droplets: [{ id: 'x' }] }
          : undefined,
    });
    options = { env: at.env };
    expect((await w.belt('up --yes', options)).code).toBe(0);
    w.write('.belt.yaml', file('m[1:3]', 'w[1:2]'));
  });
  afterAll(async () => {
    at?.close();
    await w.end();
  });

  it('that cannot all go at once: they go one after another', async () => {
    await breakIt(w, 'no-ssh=2@w2');
    const { code, stderr } = await w.belt('up --yes --rollback --timeout 6', options);
    await mend(w);
    expect(code).toBe(3);
    expect(stderr).toContain('rolled back: 3 of 3 droplets deleted\n');
    expect(stderr).toMatch(/error: 1 of 5 failed: w2\n {2}w2 \(\S+\): not reachable in time: /);
    expect(await names(w)).toEqual(['m1', 'w1']);
    expect(await members(w, 'm1', options)).toEqual(['m1 Ready manager', 'w1 Ready']);
  });

  it('where DigitalOcean does not say what there is: the end says what failed first, and what stands', async () => {
    await breakIt(w, 'no-ssh=2@w2');
    cannotList = true;
    const run = w.start('up --yes --rollback --timeout 6', options);
    said = () => run.so().stderr;
    const { code, stderr } = await run.outcome;
    cannotList = false;
    await mend(w);
    expect(code).toBe(3);
    expect(stderr).toContain('rolled back: 0 of 3 droplets deleted\n');
    expect(stderr).toContain(
      "m[1:3],w[1:2] exist, 30.00 USD a month · finish: belt up · remove: belt rm 'm[2:3],w2'\n",
    );
    expect(stderr).toMatch(/error: 3 of 5 failed: w2,m\[2:3\]\n {2}w2 \(\S+\): not reachable in time: /);
    expect(await names(w)).toEqual(['m1', 'm2', 'm3', 'w1', 'w2']);
  });
});
