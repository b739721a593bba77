// Lists of droplets that are wrong, and droplets that somebody else made or deleted meanwhile: nothing is believed by a list alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, type World, world } from '../support/belt.ts';
import { type Gate, gate, type Passing } from '../support/gate.ts';
import { api, lines, names, until } from '../support/probe.ts';
import { account } from '../support/shop.ts';

const file = (workers: string) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "${workers}"}
`;

const isList = ({ method, path }: Passing): boolean =>
  method === 'GET' && /^\/v2\/droplets\?(?!(.*&)?name=)/.test(path);

describe('a list that says that there is nothing', () => {
  const w: World = world();
  let held: Gate;
  let lies = false;
  let options: RunOptions;
  beforeAll(async () => {
    w.write('.belt.yaml', file('w1'));
    await w.sandbox();
    const empty = { droplets: [], links: {}, meta: { total: 0 } };
    held = await gate(w, { answer: (request) => (lies && isList(request) ? empty : undefined) });
    options = { env: held.env };
    expect(await w.belt('up --yes', options)).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    held?.close();
    await w.end();
  });

  it('hides none from the commands of whoever knows them', async () => {
    lies = true;
    expect(await w.belt('active m1', options)).toMatchObject({ code: 0, stdout: 'm1\n' });
    expect((await w.belt('ls -q', options)).stdout).toBe('m1\nw1\n');
    expect((await w.belt('ip w*', options)).stdout).toMatch(/^\d+\./);
    // What is asked for one by one is not forgotten.
    expect((await w.belt('ls -q', options)).stdout).toBe('m1\nw1\n');
    expect((await w.belt('plan', options)).code).toBe(0);
  });

  it('is named as the reason to a colleague', async () => {
    // The list of a name shows it.
    const colleague = { env: { ...held.env, BELT_STATE_DIR: `${w.cwd}/colleague` } };
    expect(await w.belt('ip m1', colleague)).toMatchObject({
      code: 2,
      stderr: `error: the droplet "m1" is so new that DigitalOcean does not list it yet
hint: run the same command again in a few seconds
`,
    });
  });

  it('is not believed by down: what is known is asked for, and goes before its firewall', async () => {
    lies = true;
    // Nor by rm, which would find no other member of the swarm and take the manager.
    expect((await w.belt('rm -y m1', options)).stderr).toBe(
      lines(
        'error: without m1 the swarm would lose its quorum: no manager would be left',
        'hint: bring back managers that are down, or add others first · to remove the whole cluster: belt down · to do it anyway: --force',
      ),
    );
    const shown = await w.belt('down', options);
    expect(shown.stderr).toBe(
      lines(
        'cluster shop (.belt.yaml), sandbox',
        '2 droplets and all data on them will be deleted:',
        '  m1  18511681  127.1.0.1  sgp1  s-1vcpu-1gb  active  leader, ready',
        '  w1  18511682  127.1.0.2  sgp1  s-1vcpu-1gb  active  worker, ready',
        'this removes the whole swarm',
        'firewall belt-shop will be deleted',
        'error: down asks before it deletes, but there is no terminal to ask on',
        'hint: add --yes if you are sure',
      ),
    );
    expect(await account(w)).toMatchObject({ droplets: ['m1', 'w1'], firewalls: ['belt-shop'] });
    const outcome = await w.belt('down --yes', options);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, stdout: 'm1: removed\nw1: removed\n' });
    expect(await account(w)).toMatchObject({ droplets: [], firewalls: [] });
  });
});

describe('a list that lags', () => {
  const w: World = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('w[1:2]'));
    await w.sandbox('--boot-seconds 0 --api-latency 0 --list-lag 3');
    expect(await w.belt('up --yes')).toMatchObject({ code: 0 });
  });
  afterAll(() => w.end());

  it('does not show up --prune what it removed itself', async () => {
    w.write('.belt.yaml', file('w1'));
    const { code, stdout, stderr } = await w.belt('up --yes --prune');
    expect({ code, stdout: stdout.trimEnd().split('\n').at(-1) }, stderr).toEqual({
      code: 0,
      stdout: 'shop: 2 nodes, up to date',
    });
  });

  it('does not have rm name as the next active node what it removed a moment ago', async () => {
    const { code, stderr } = await w.belt('rm -y m1 w1');
    expect({ code, choose: /.*choose another.*/.exec(stderr)?.[0] }).toEqual({ code: 0, choose: undefined });
  });
});

describe('a list that still shows what rm deleted', () => {
  const w: World = world();
  let held: Gate;
  let stale: object | undefined;
  let options: RunOptions;
  beforeAll(async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04}\n');
    await w.sandbox();
    held = await gate(w, { answer: (request) => (isList(request) ? stale : undefined) });
    options = { env: held.env };
    expect(await w.belt('create 512mb node[1:6]', options)).toMatchObject({ code: 0 });
    const before = (await api(w, 'GET', '/v2/droplets?per_page=200')) as object;
    expect(await w.belt('rm -y node[1:5]', options)).toMatchObject({ code: 0 });
    stale = before;
  });
  afterAll(async () => {
    held?.close();
    await w.end();
  });

  // What a list showed was remembered as known, and what is known was believed.
  it('is shown by no command, and takes no name', async () => {
    expect(await w.belt('ls -q', options)).toMatchObject({ code: 0, stdout: 'node6\n' });
    expect(await w.belt('ls -q --all', options)).toMatchObject({ code: 0, stdout: 'node6\n' });
    expect((await w.belt('ip node1', options)).code).toBe(2);
    expect(await w.belt('create 512mb node[1:5]', options)).toMatchObject({ code: 0 });
    expect(await names(w)).toEqual(['node1', 'node2', 'node3', 'node4', 'node5', 'node6']);
  });

  it('is believed again when no list can lag so long', async () => {
    await w.clock.sleep(120_000);
    expect((await w.belt('ls -q --all', options)).stdout).toContain('node1\n');
  });
});

describe('a list that still shows what somebody else deleted', () => {
  const w: World = world();
  let held: Gate;
  let stale: object | undefined;
  let options: RunOptions;
  beforeAll(async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04}\n');
    await w.sandbox();
    held = await gate(w, { answer: (request) => (isList(request) ? stale : undefined) });
    options = { env: held.env };
    expect(await w.belt('create 512mb node[1:2]', options)).toMatchObject({ code: 0 });
    const before = (await api(w, 'GET', '/v2/droplets?per_page=200')) as { droplets: { id: number; name: string }[] };
    const { id } = before.droplets.find(({ name }) => name === 'node1')!;
    await api(w, 'DELETE', `/v2/droplets/${id}`);
    await until('it is gone', async () => !(await names(w)).includes('node1'));
    stale = before;
  });
  afterAll(async () => {
    held?.close();
    await w.end();
  });

  it('takes no name, also after ls remembered it', async () => {
    expect(await w.belt('ls -q', options)).toMatchObject({ code: 0, stdout: 'node1\nnode2\n' });
    expect((await w.belt('create 512mb node2', options)).stderr).toContain('error: node2 already exists\n');
    expect(await w.belt('create 512mb node1', options)).toMatchObject({ code: 0 });
    expect(await names(w)).toEqual(['node1', 'node2']);
  });
});

describe('a list that still shows a cluster that is gone', () => {
  const w: World = world();
  let held: Gate;
  let stale: object | undefined;
  let before: { droplets: { id: number }[] };
  beforeAll(async () => {
    w.write('.belt.yaml', file('w1'));
    await w.sandbox();
    held = await gate(w, {
      answer: (request) => {
        const old = isList(request) && request.path.includes('tag_name') ? stale : undefined;
        // The next one is up to date.
        if (old) stale = undefined;
        return old;
      },
    });
    expect(await w.belt('up --yes', { env: held.env })).toMatchObject({ code: 0 });
    before = (await api(w, 'GET', '/v2/droplets?per_page=200')) as typeof before;
    for (const { id } of before.droplets) await api(w, 'DELETE', `/v2/droplets/${id}`);
  });
  afterAll(async () => {
    held?.close();
    await w.end();
  });

  // As a `down` leaves it that was killed before it forgot them.
  it.each(['plan', 'up --yes'])('does not have %s wait for droplets that do not exist', async (words) => {
    stale = before;
    const { code, stdout, stderr } = await w.belt(words, { env: held.env });
    expect({ code, stdout: stdout.trimEnd().split('\n').at(-1) }, stderr).toEqual(
      words === 'plan'
        ? { code: 4, stdout: expect.stringContaining('create, join as worker') }
        : { code: 0, stdout: 'shop: 2 nodes, up to date' },
    );
  });
});

describe('a cluster that somebody takes down while up adds to it', () => {
  const [w, other] = [world(), world()];
  beforeAll(async () => {
    w.write('.belt.yaml', file('w1'));
    await w.sandbox('--boot-seconds 3 --api-latency 10');
    expect(await w.belt('up --yes')).toMatchObject({ code: 0 });
  }, 120_000);
  afterAll(async () => {
    await w.end();
    await other.end();
  });

  it('is not made again', async () => {
    w.write('.belt.yaml', file('w[1:3]'));
    other.write('.belt.yaml', file('w1'));
    const growing = w.start('up --yes --timeout 30');
    await until('w2 and w3 are made', async () => (await names(w)).includes('w3'));
    const { DIGITALOCEAN_API_URL, DIGITALOCEAN_ACCESS_TOKEN } = w.env;
    const env = { DIGITALOCEAN_API_URL, DIGITALOCEAN_ACCESS_TOKEN };
    // It has no host keys of the other's.
    expect(await other.belt('down --yes --force', { env })).toMatchObject({ code: 0 });
    const { code, stderr } = await growing.outcome;
    expect(code, stderr).not.toBe(0);
    expect(stderr).not.toContain('started the swarm');
    expect(await names(w)).not.toContain('m1');
  }, 180_000);
});

describe('a list with an entry that cannot be read', () => {
  const w: World = world();
  let held: Gate;
  let spoiled: string | undefined;
  let options: RunOptions;
  beforeAll(async () => {
    w.write('.belt.yaml', file('w[1:2]'));
    await w.sandbox();
    held = await gate(w, {
      change: (request, said) => {
        const { droplets } = said as { droplets?: { id: unknown; name: string }[] };
        if (request.method !== 'GET' || spoiled === undefined) return;
        for (const droplet of droplets ?? []) if (droplet.name === spoiled) droplet.id = null;
      },
    });
    // Somebody who knows none of the droplets.
    options = { env: { ...held.env, BELT_STATE_DIR: `${w.cwd}/colleague` } };
    expect(await w.belt('up --yes')).toMatchObject({ code: 0 });
    spoiled = 'w1';
  });
  afterAll(async () => {
    held?.close();
    await w.end();
  });

  const REFUSED = /^error: cannot tell which droplets shop has: invalid entry in the list of droplets: id: .*$/m;

  it.each(['down --yes', 'rm -y m1', 'up --yes', 'up --yes --prune', 'create s-1vcpu-1gb w1 --missing'])(
    'is not taken for the whole by %s',
    async (words) => {
      const { code, stderr } = await w.belt(words, options);
      expect(stderr).toMatch(REFUSED);
      expect(code).toBe(1);
      expect(await account(w)).toMatchObject({ droplets: ['m1', 'w1', 'w2'], firewalls: ['belt-shop'] });
    },
  );

  it('is shown as far as it can be read, and said to be that', async () => {
    expect(await w.belt('ls -q', options)).toMatchObject({
      code: 0,
      stdout: 'm1\nw2\n',
      stderr: expect.stringMatching(/^warning: invalid entry in the list of droplets: id: /),
    });
  });

  it('is deleted from where that is insisted on', async () => {
    expect((await w.belt('rm -y m1', options)).stderr).toBe(
      lines(
        'error: cannot tell which droplets shop has: invalid entry in the list of droplets: id: Invalid input',
        'hint: run the same command again; to go on without that droplet: --force',
      ),
    );
    expect(await w.belt('rm -y m1 --force', options)).toMatchObject({ code: 0, stdout: 'm1: removed\n' });
  });
});

describe('a list that is behind a replacement', () => {
  const w: World = world();
  let held: Gate;
  let behind: object | undefined;
  beforeAll(async () => {
    await w.sandbox();
    held = await gate(w, { answer: (request) => (behind !== undefined && isList(request) ? behind : undefined) });
    const options = { env: held.env };
    expect((await w.belt('create 512mb node[1:2]', options)).code).toBe(0);
    const before = (await api(w, 'GET', '/v2/droplets?tag_name=belt-cluster-default')) as object;
    expect((await w.belt('rm -y node2', options)).code).toBe(0);
    expect((await w.belt('create 512mb node2', options)).code).toBe(0);
    behind = before;
  });
  afterAll(async () => {
    held?.close();
    await w.end();
  });

  it.each(['ls -q node[1:2]', 'ip node2', '--host node2 docker version --format here', 'inspect node2 --no-swarm'])(
    'shows a droplet that is gone beside the new one of its name: belt %s takes the new one',
    async (words) => {
      expect((await w.belt('ls -q', { env: held.env })).stdout).toBe('node1\nnode2\n');
      expect(await w.belt(words, { env: held.env })).toMatchObject({ code: 0, stderr: '' });
    },
  );
});

describe('two droplets of one name that are remembered', () => {
  const w: World = world();
  beforeAll(() => w.sandbox());
  afterAll(() => w.end());

  it('are asked for again, as one may be gone', async () => {
    await w.belt('create 512mb node1');
    const body = { name: 'node1', region: 'sgp1', size: 's-1vcpu-1gb', image: 18153887, ssh_keys: [816630] };
    const tags = ['belt', 'belt-cluster-default'];
    const { droplet } = (await api(w, 'POST', '/v2/droplets', { ...body, tags })) as { droplet: { id: number } };
    expect((await w.belt('ls -q')).stdout).toBe('node1\nnode1\n');
    await api(w, 'DELETE', `/v2/droplets/${droplet.id}`);
    expect(await w.belt('--host node1 docker version --format here')).toMatchObject({ code: 0, stdout: 'here\n' });
  });
});
