// Where containers go: Swarm v1's filters and strategies, as its own code has them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, clash, type Occupant } from '../../../src/fleet-api/place/candidate.ts';
import { holds, parseExpression } from '../../../src/fleet-api/place/expression.ts';
import { accepted, schedule } from '../../../src/fleet-api/place/schedule.ts';
import { ranked } from '../../../src/fleet-api/place/strategy.ts';
import { bodyFor, wishOf } from '../../../src/fleet-api/place/wish.ts';
import type { CreateBody } from '../../../src/fleet-api/types.ts';

const GiB = 2 ** 30;
const SEED = { seed: 20261130 };

const node = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  id: `id-${name}`,
  name,
  labels: {},
  isHealthy: true,
  cpus: 4,
  memoryBytes: 4 * GiB,
  occupants: [],
  images: [],
  ...more,
});

const occupant = (name: string, body: CreateBody = {}, labels: Record<string, string> = {}): Occupant => ({
  ...wishOf(body, name),
  id: `${name}-id`,
  name,
  labels,
});

const published = (port: string, HostPort: string, HostIp = ''): CreateBody => ({
  HostConfig: { PortBindings: { [port]: [{ HostIp, HostPort }] } },
});

const env = (...Env: string[]): CreateBody => ({ Env });
const rules = { strategy: 'spread', random: () => 0 } as const;
const on = (body: CreateBody, nodes: readonly Candidate[], more: Partial<Parameters<typeof schedule>[2]> = {}) =>
  schedule(wishOf(body, undefined), nodes, { ...rules, ...more }).name;

describe('the words of Swarm v1', () => {
  const n = (name: string) => node(name, { occupants: [occupant(`on-${name}`, published('80/tcp', '80'))] });

  test.each<[string, CreateBody, Candidate[], string]>([
    ['a port', published('80/tcp', '80'), [n('a'), n('b')], '[port 80 (Bridge mode)]'],
    [
      'a port of the host’s network',
      { ExposedPorts: { '80/tcp': {} }, HostConfig: { NetworkMode: 'host' } },
      [
        node('a', {
          occupants: [occupant('x', { ExposedPorts: { '80/tcp': {} }, HostConfig: { NetworkMode: 'host' } })],
        }),
      ],
      '[port 80/tcp (Host mode)]',
    ],
    [
      'slots',
      {},
      [node('a', { labels: { containerslots: '1' }, occupants: [occupant('x')] })],
      '[available container slots]',
    ],
    [
      'dependencies',
      { HostConfig: { VolumesFrom: ['x'], Links: ['y'], NetworkMode: 'container:z' } },
      [node('a')],
      '[available container slots]\n[--volumes-from=x --link=y --net=container:z]',
    ],
    [
      'an affinity',
      env('affinity:container==web'),
      [node('a')],
      '[available container slots]\n[container==web (soft=false)]',
    ],
    ['a constraint', env('constraint:region==mars'), [node('a')], '[available container slots]\n[region==mars]'],
    ['a white list', env('whitelist:node==x|y'), [node('a')], '[available container slots]\n[node==x|y (soft=false)]'],
  ])('%s', (_what, body, nodes, conditions) => {
    expect(() => on(body, nodes)).toThrow(
      `Unable to find a node that satisfies the following conditions \n${conditions}`,
    );
  });

  test('no healthy node, no node, no room', () => {
    expect(() => on({}, [node('a', { isHealthy: false })])).toThrow('No healthy node available in the cluster');
    expect(() => on({}, [])).toThrow('No nodes available in the cluster');
    expect(() => on({ HostConfig: { Memory: 5 * GiB } }, [node('a')])).toThrow(
      'no resources available to schedule container',
    );
  });

  test.each([
    ['region', 'One of operator ==, != is expected'],
    ['==x', "Key '' is invalid"],
    ['r$==x', "Key 'r$' is invalid"],
    ['region==', "Value '' is invalid"],
    ['region==~', "Value '~' is invalid"],
    ['region==a&b', "Value 'a&b' is invalid"],
    ['region==/(/', "Value '/(/' is invalid"],
  ])('%s: %s', (text, message) => {
    expect(() => parseExpression(text)).toThrow(message);
  });
});

describe('expressions', () => {
  test.each([
    ['region==us', ['us'], true],
    ['region==us', ['us-east'], false],
    ['region==us*', ['us-east'], true],
    ['version==1.12', ['1x12'], false],
    ['region!=us*', ['us-east', 'eu'], false],
    ['node==/(?i)node1/', ['NODE1'], true],
    ['node==/(?i)^node1$/', ['node12'], false],
    ['node==/node1/', ['NODE1'], false],
    ['region!=us*', ['eu'], true],
    ['region!=us', [], true],
    ['region==us', [], false],
    ['name==/web[0-9]/', ['the-web1'], true],
    ['name!=/^web/', ['the-web1'], true],
    ['name==~web', ['web'], true],
  ])('%s of %j: %j', (text, texts, expected) => {
    expect(holds(parseExpression(text), texts)).toBe(expected);
  });

  test('a soft one narrows where it can, and else not at all', () => {
    const nodes = [node('a'), node('b', { labels: { region: 'us' } })];
    expect(on(env('constraint:region==~us'), nodes)).toBe('b');
    expect(on(env('constraint:region==~mars'), nodes)).toBe('a');
  });

  test('are taken out of the environment and kept as labels', () => {
    const body = { Env: ['A=1', 'constraint:node==a', 'affinity:container!=x'], Labels: { mine: '1' } };
    expect(bodyFor(body, 'id', String)).toEqual({
      Env: ['A=1'],
      Labels: {
        mine: '1',
        'com.docker.swarm.constraints': '["node==a"]',
        'com.docker.swarm.affinities': '["container!=x"]',
        'com.docker.swarm.id': 'id',
      },
    });
    expect(on({ Labels: { 'com.docker.swarm.constraints': '["node==b"]' } }, [node('a'), node('b')])).toBe('b');
  });
});

describe('filters', () => {
  test('53/udp and 53/tcp do not clash, nor do two addresses', () => {
    const [tcp, udp] = ['tcp', 'udp'].map((protocol) => ({ ip: '', port: '53', protocol }));
    expect([clash(tcp!, udp!), clash(tcp!, { ...tcp!, ip: '10.0.0.1' })]).toEqual([false, true]);
    expect(clash({ ...tcp!, ip: '10.0.0.2' }, { ...tcp!, ip: '10.0.0.1' })).toBe(false);
  });

  test('affinities: a container by name, an image by its repository, a label', () => {
    const nodes = [
      node('a'),
      node('b', {
        occupants: [occupant('db', {}, { tier: 'data' })],
        images: [{ Id: 'sha256:1', RepoTags: ['reg:5000/app:2'], Created: 0 }],
      }),
    ];
    for (const text of ['container==db', 'image==reg:5000/app', 'image==reg:5000/app:2', 'tier==data']) {
      expect([text, on(env(`affinity:${text}`), nodes)]).toEqual([text, 'b']);
    }
    expect(on(env('affinity:container!=db'), nodes, { strategy: 'binpack' })).toBe('a');
  });

  test('dependencies are named with their node or without', () => {
    const nodes = [node('a'), node('b', { occupants: [occupant('db')] })];
    for (const NetworkMode of ['container:db', 'container:b/db', 'container:db-id']) {
      expect(on({ HostConfig: { NetworkMode } }, nodes)).toBe('b');
    }
    expect(() => on({ HostConfig: { NetworkMode: 'container:a/db' } }, nodes)).toThrow('--net=container:a/db');
  });

  test.each(['NetworkMode', 'PidMode', 'IpcMode'] as const)('%s of another container is on its node', (mode) => {
    const nodes = [node('a'), node('b', { occupants: [occupant('db')] })];
    for (const word of ['db', 'b/db', '/db', 'db-id', 'db-']) {
      expect([word, on({ HostConfig: { [mode]: `container:${word}` } }, nodes)]).toEqual([word, 'b']);
    }
    const option = { NetworkMode: '--net', PidMode: '--pid', IpcMode: '--ipc' }[mode];
    expect(() => on({ HostConfig: { [mode]: 'container:a/db' } }, nodes)).toThrow(`[${option}=container:a/db]`);
    expect(on({ HostConfig: { [mode]: 'host' } }, nodes)).toBe('a');
  });

  test('a name is not taken for the beginning of another’s id', () => {
    const nodes = [
      node('a', { occupants: [{ ...occupant('x'), id: 'beef00' }] }),
      node('b', { occupants: [occupant('beef')] }),
    ];
    expect(on({ HostConfig: { NetworkMode: 'container:beef' } }, nodes)).toBe('b');
    expect(on({ HostConfig: { NetworkMode: 'container:beef0' } }, nodes)).toBe('a');
  });

  test('its engine is told their ids', () => {
    const HostConfig = {
      NetworkMode: 'container:b/db',
      PidMode: 'container:db',
      IpcMode: 'host',
      Links: ['b/db:x', 'b/db', 'db'],
      VolumesFrom: ['b/db:ro', 'db', 'db:rw,z'],
    };
    expect(bodyFor({ HostConfig }, '', (word) => `<${word}>`).HostConfig).toEqual({
      NetworkMode: 'container:<b/db>',
      PidMode: 'container:<db>',
      IpcMode: 'host',
      Links: ['<b/db>:x', '<b/db>:db', '<db>:db'],
      VolumesFrom: ['<b/db>:ro', '<db>', '<db>:rw,z'],
    });
  });

  test.each(['many', '', ' '])('a number of slots that is none is no limit: "%s"', (containerslots) => {
    expect(on({}, [node('a', { labels: { containerslots }, occupants: [occupant('x')] })])).toBe('a');
  });
});

describe('strategies', () => {
  test('spread takes the emptiest, binpack the fullest that has room, by containers where nothing is asked for', () => {
    const nodes = [node('a', { occupants: [occupant('1'), occupant('2')] }), node('b', { occupants: [occupant('3')] })];
    expect([on({}, nodes), on({}, nodes, { strategy: 'binpack' })]).toEqual(['b', 'a']);
    const full = node('c', { occupants: [occupant('4', { HostConfig: { Memory: 4 * GiB } })] });
    const asking = { HostConfig: { Memory: GiB } };
    expect([on(asking, [...nodes, full], { strategy: 'binpack' }), on(asking, [full, ...nodes])]).toEqual(['a', 'b']);
  });
});

const memory = fc.integer({ min: 0, max: 4 }).map((GiBs) => GiBs * GiB);
const body = fc.record({
  memory,
  cpus: fc.integer({ min: 0, max: 4 }),
  port: fc.option(fc.constantFrom('80', '81', '82'), { nil: undefined }),
});
const bodyOf = ({ memory: Memory, cpus, port }: { memory: number; cpus: number; port: string | undefined }) => ({
  HostConfig: {
    Memory,
    NanoCpus: cpus * 1e9,
    PortBindings: port === undefined ? {} : { '80/tcp': [{ HostIp: '', HostPort: port }] },
  },
});

describe('however many containers come', () => {
  const run = (bodies: readonly CreateBody[], strategy: 'spread' | 'binpack' | 'random', size: number) => {
    let nodes = Array.from({ length: size }, (_, n) => node(`n${n}`));
    for (const [index, one] of bodies.entries()) {
      try {
        const { name } = schedule(wishOf(one, undefined), nodes, { strategy, random: () => (index % 7) / 7 });
        const added = occupant(`c${index}`, one);
        nodes = nodes.map((old) => (old.name === name ? { ...old, occupants: [...old.occupants, added] } : old));
      } catch (error) {
        expect(String(error)).toMatch(/Unable to find a node|no resources/);
      }
    }
    return nodes;
  };
  const cases = fc.tuple(
    fc.array(body.map(bodyOf), { maxLength: 40 }),
    fc.constantFrom('spread' as const, 'binpack' as const, 'random' as const),
    fc.integer({ min: 1, max: 6 }),
  );

  test('no port is given twice on one node', () => {
    fc.assert(
      fc.property(cases, ([bodies, strategy, size]) => {
        for (const { occupants } of run(bodies, strategy, size)) {
          const ports = occupants.flatMap((one) => one.ports.map(({ port }) => port));
          expect(new Set(ports).size).toBe(ports.length);
        }
      }),
      SEED,
    );
  });

  test('no node gets more than 5 % beyond what it has, but by random, which weighs nothing', () => {
    fc.assert(
      fc.property(cases, ([bodies, strategy, size]) => {
        if (strategy === 'random') return;
        for (const { occupants, memoryBytes, cpus } of run(bodies, strategy, size)) {
          const sum = (key: 'memoryBytes' | 'cpus') => occupants.reduce((all, one) => all + one[key], 0);
          expect(sum('memoryBytes')).toBeLessThanOrEqual(memoryBytes * 1.05);
          expect(sum('cpus')).toBeLessThanOrEqual(cpus * 1.05);
        }
      }),
      SEED,
    );
  });

  test('spread without wishes leaves no two nodes more than one container apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 8 }), (count, size) => {
        const counts = run(Array(count).fill({}), 'spread', size).map(({ occupants }) => occupants.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      SEED,
    );
  });

  test('binpack without wishes uses one node', () => {
    expect(run(Array(9).fill({}), 'binpack', 4).filter(({ occupants }) => occupants.length > 0)).toHaveLength(1);
  });

  test('filters only take nodes away, and a strategy neither adds nor loses one that has room', () => {
    fc.assert(
      fc.property(cases, body.map(bodyOf), ([bodies, strategy, size], one) => {
        const nodes = run(bodies, strategy, size);
        const wish = wishOf(one, undefined);
        let left: readonly Candidate[] = [];
        try {
          left = accepted(wish, nodes, { soft: true });
        } catch {}
        expect(nodes).toEqual(expect.arrayContaining([...left]));
        const order = ranked(strategy, wish, left, () => 0.5);
        expect(left).toEqual(expect.arrayContaining([...order]));
        if (strategy === 'random') expect(order).toHaveLength(left.length);
      }),
      SEED,
    );
  });
});
