import { describe, expect, test } from 'vitest';
import { driftOf, troubleOf } from '../../../src/cluster/differences.ts';
import type { KnownDroplet, KnownMember, Standing } from '../../../src/cluster/known.ts';
import type { EngineSpec, NodeGroup } from '../../../src/config/cluster/types.ts';

const entry = (change: Partial<KnownMember> = {}): KnownMember => ({
  id: 'e1',
  hostname: 'n1',
  role: 'worker',
  availability: 'active',
  state: 'ready',
  address: '10.0.0.1',
  labels: {},
  ...change,
});

describe('what is wrong with a node', () => {
  const manager = (reachability: NonNullable<KnownMember['reachability']>) => entry({ role: 'manager', reachability });
  const silent = (member?: KnownMember): Standing => ({ where: 'silent', why: 'timed out', member });
  const behind = (member: KnownMember, hint?: string): Standing => ({ ...silent(member), jump: { hint } });
  const AGAIN = 'belt up --replace n1';
  const CYCLE = `power-cycle it in the control panel, or recreate it (its data is lost): ${AGAIN}`;
  const LOOK = 'see: belt --host n1 docker info';
  const JUMP = 'bring the jump host back, or have ssh_jump in .belt.yaml name another';

  test.each<[string, Standing, string, string, boolean]>([
    [
      'off',
      { where: 'off' },
      'is powered off',
      `power it on in the control panel, or recreate it (its data is lost): ${AGAIN}`,
      false,
    ],
    ['elsewhere', { where: 'foreign' }, 'is in another swarm', 'move it to this one: belt up --force', false],
    ['unknown key', { where: 'untrusted' }, 'has a host key that is not known here', 'belt trust n1', false],
    ['down', { where: 'in', member: entry({ state: 'down' }) }, 'is down in the swarm', LOOK, true],
    [
      'a manager alone',
      { where: 'in', member: manager('unreachable') },
      'is a manager that the others cannot reach (unreachable)',
      LOOK,
      true,
    ],
    ['silent', silent(entry()), 'does not answer (timed out)', CYCLE, true],
    [
      'silent and down',
      silent(entry({ state: 'down' })),
      'is down in the swarm but does not answer (timed out)',
      CYCLE,
      false,
    ],
    [
      'silent and unknown',
      silent(entry({ state: 'unknown' })),
      'is unknown in the swarm but does not answer (timed out)',
      CYCLE,
      true,
    ],
    ['behind a jump host that is off', behind(entry()), 'cannot be reached (timed out)', JUMP, true],
    [
      'behind one with a hint',
      behind(entry(), 'belt trust m1'),
      'cannot be reached (timed out)',
      'belt trust m1',
      false,
    ],
    [
      'behind one, and down',
      behind(entry({ state: 'down' })),
      'is down in the swarm and cannot be reached (timed out)',
      JUMP,
      true,
    ],
  ])('%s', (_what, standing, text, hint, passing) => {
    expect(troubleOf('n1', standing, { prefix: '' })).toEqual({ text, hint, passing });
  });

  test.each<[string, Standing, boolean?]>([
    ['in the swarm', { where: 'in', member: entry() }],
    ['a manager that is reached', { where: 'in', member: manager('reachable') }],
    // A worker has no reachability; some engines say one all the same.
    ['a worker', { where: 'in', member: entry({ reachability: 'unknown' }) }],
    ['in no swarm', { where: 'out' }],
    ['locked, which is a step', { where: 'locked', member: entry({ state: 'down' }) }],
    ['elsewhere, to be moved', { where: 'foreign' }, true],
    ['with an unknown key, but an entry', { where: 'untrusted', member: entry() }],
    ['silent without an entry', silent()],
  ])('nothing: %s', (_what, standing, force) => {
    expect(troubleOf('n1', standing, { prefix: '', force })).toBe(undefined);
  });

  test('its hints are for the cluster that it is in', () => {
    expect(troubleOf('n1', { where: 'off' }, { prefix: 'BELT_CLUSTER=shop ' })?.hint).toContain(
      'BELT_CLUSTER=shop belt up --replace n1',
    );
  });
});

describe('what only recreating a droplet changes', () => {
  const GROUP: NodeGroup = { role: 'worker', names: ['n1'], labels: {}, availability: 'active' };
  const DROPLET: KnownDroplet = { id: 1, name: 'n1', size: 's-1vcpu-1gb', region: 'sgp1', image: 'debian-12-x64' };
  const engine = (version: string, labels = {}) => entry({ engine: { version, labels } });
  const spec = (wanted: Partial<EngineSpec>) => ({ labels: {}, ...wanted }) as EngineSpec;
  const drift = (
    group: Partial<NodeGroup>,
    droplet: Partial<KnownDroplet> = {},
    { wanted, member }: { wanted?: EngineSpec; member?: KnownMember } = {},
  ) =>
    driftOf({ engine: wanted! }, { ...GROUP, ...group }, { ...DROPLET, ...droplet }, { member, prefix: '' }).map(
      ({ text, short }) => `${short}: ${text}`,
    );

  test.each<[string, Partial<NodeGroup>, Partial<KnownDroplet>, string[]]>([
    ['nothing', {}, {}, []],
    ['nothing, where the file says the same', { size: 's-1vcpu-1gb', region: 'sgp1', image: 'debian-12-x64' }, {}, []],
    [
      'a size',
      { size: 's-2vcpu-2gb' },
      {},
      ['differs in size: has the size s-1vcpu-1gb, but the file says s-2vcpu-2gb'],
    ],
    ['a region', { region: 'fra1' }, {}, ['differs in region: has the region sgp1, but the file says fra1']],
    [
      'an image',
      { image: 'docker-20-04' },
      {},
      ['differs in image: has the image debian-12-x64, but the file says docker-20-04'],
    ],
    ['an image by its id against a slug: nobody can say', { image: '18153887' }, {}, []],
    [
      'another id',
      { image: '18153887' },
      { image: '7' },
      ['differs in image: has the image 7, but the file says 18153887'],
    ],
    [
      'a slug that begins with digits, and one that ends in some',
      { image: '7zip-1' },
      { image: '9-debian' },
      ['differs in image: has the image 9-debian, but the file says 7zip-1'],
    ],
    ['an image that is not known', { image: 'docker-20-04' }, { image: undefined }, []],
    [
      'an address it should not have',
      { public: false },
      { publicAddress: '192.0.2.1', privateAddress: '10.0.0.1' },
      ['differs in public address: has a public address, but the file says public: false'],
    ],
    [
      'an address it lacks',
      { public: true },
      { privateAddress: '10.0.0.1' },
      ['differs in public address: has no public address, but the file says public: true'],
    ],
    ['no address yet', { public: true }, {}, []],
    ['private as wanted', { public: false }, { privateAddress: '10.0.0.1' }, []],
    ['public as wanted', { public: true }, { publicAddress: '192.0.2.1', privateAddress: '10.0.0.1' }, []],
    ['nothing is said of addresses', {}, { privateAddress: '10.0.0.1' }, []],
  ])('%s', (_what, group, droplet, expected) => expect(drift(group, droplet)).toEqual(expected));

  test.each<[string, string, boolean]>([
    ['28', '28.2.2', true],
    ['28.2', '28.2.2', true],
    ['28.2.2', '28.2.2', true],
    ['20.10.24', '20.10.24+dfsg1', true],
    ['26.1', '26.1.5~debian12-1', true],
    ['28.2', '28.20.1', false],
    ['2', '28.2.2', false],
    ['28.2.2', '28.2', false],
  ])('engine %s is what %s is: %s', (version, has, same) => {
    expect(drift({}, {}, { wanted: spec({ version }), member: engine(has) })).toEqual(
      same ? [] : [`differs in engine version: has the engine ${has}, but the file says ${version}`],
    );
  });

  test('engine labels that are missing or different', () => {
    const member = engine('28.2.2', { a: '1', b: '2' });
    const lacks = (labels: Record<string, string>) => drift({}, {}, { wanted: spec({ labels }), member });
    expect(lacks({ a: '1' })).toEqual([]);
    expect(lacks({ a: '1', b: '3' })).toEqual(['differs in engine labels: is missing the engine label b=3']);
    expect(lacks({ c: '', b: '3' })).toEqual(['differs in engine labels: is missing the engine labels c=, b=3']);
  });

  test('an engine that nobody asked is not compared', () => {
    expect(drift({}, {}, { wanted: spec({ version: '28' }) })).toEqual([]);
    expect(drift({}, {}, { wanted: spec({ version: '28' }), member: entry() })).toEqual([]);
    expect(drift({}, {}, { wanted: spec({ version: '28' }), member: engine('') })).toEqual([]);
  });
});
