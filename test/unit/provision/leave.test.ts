// How nodes leave a swarm that does not do as it is told, or changes while they do.
import { afterEach, expect, test } from 'vitest';
import { EngineError, type SwarmTask } from '../../../src/engine/engine.ts';
import { drain } from '../../../src/provision/drain.ts';
import { takeOffDead } from '../../../src/provision/leave.ts';
import { said } from '../cloud/things.ts';
import { FakeCluster, planned, removed } from './fake-cluster.ts';

const clusters: FakeCluster[] = [];
afterEach(() => {
  for (const one of clusters.splice(0)) one.end();
});

function cluster(names: string): FakeCluster {
  const made = new FakeCluster(names);
  clusters.push(made);
  return made;
}

/** The cluster fails at a moment, once. */
function failAt(at: FakeCluster, moment: string, error: Error): void {
  let left = 1;
  at.onChange = (what) => {
    if (what === moment && left-- > 0) throw error;
  };
}

test('a manager that the swarm refuses to demote stays, and the others go', async () => {
  const at = cluster('m1 m2 m3 m4 m5');
  failAt(at, 'm1: demote m4', new EngineError('m1', 500, 'raft: not now'));
  expect(await removed(at, 'm4 m5')).toMatchObject([{ name: 'm4', error: { message: 'm1: raft: not now' } }]);
  expect(at.did.slice(2)).toEqual(['m1: demote m5', 'm5: leave', 'm1: remove m5', 'DELETE m5']);
  expect(at.droplets.map(({ name }) => name)).toEqual(['m1', 'm2', 'm3', 'm4']);
});

test('with --force it goes all the same, which is said', async () => {
  const at = cluster('m1 m2 m3');
  at.undemotable.add('m2');
  failAt(at, 'm1: demote m3', new EngineError('m1', 500, 'raft: not now'));
  await removed(at, 'm2 m3', { force: true });
  expect(at.warnings).toEqual([
    'm2: m2 is still a manager: the swarm did not demote it in time; continuing (--force)',
    'm3: m1: raft: not now; continuing (--force)',
    'm2: m1: it must be demoted to worker before removal; continuing (--force)',
    'm3: m1: it must be demoted to worker before removal; continuing (--force)',
  ]);
  expect(at.droplets.map(({ name }) => name)).toEqual(['m1']);
});

test('with --force, too, an interrupt is one, and no trouble to continue after', async () => {
  const at = cluster('m1 m2 m3');
  at.onChange = (what) => {
    if (what === 'm1: demote m2') at.controller.abort(new Error('interrupted'));
  };
  expect(await said(removed(at, 'm2 m3', { force: true }))).toContain('interrupted: m[2:3] are drained');
  expect(at.warnings).toEqual([]);
});

test('a manager is demoted once what ran on it runs elsewhere, or had a minute to', async () => {
  const at = cluster('m1 m2 m3').runs('s-web', 'm3');
  at.stuck.add('s-web');
  const startMs = at.clock.now();
  const afterMs: number[] = [];
  at.onChange = (what) => {
    if (what === 'm1: demote m3') afterMs.push(at.clock.now() - startMs);
  };
  expect(await removed(at, 'm3')).toEqual([]);
  expect(afterMs).toEqual([60_000]);
});

test('a manager stays where another went down since the look: its demotion would cost the quorum', async () => {
  const at = cluster('m1 m2 m3');
  at.onChange = (what) => {
    if (what === 'm1: drain m2') at.switchOff('m3');
  };
  expect(await removed(at, 'm2')).toMatchObject([
    {
      name: 'm2',
      error: {
        message: 'without m2 the swarm would lose its quorum: 2 (1 of them reachable) of 3 managers would be left',
        hint: 'run the same command again once the others are back',
      },
    },
  ]);
  expect(at.did).toEqual(['m1: drain m2']);
});

test('the leader leaves once another one leads', async () => {
  const at = cluster('m1 m2 m3');
  at.electionLooks = 3;
  const leaders: (string | undefined)[] = [];
  at.onChange = (what) => {
    if (what === 'm1: leave') leaders.push(at.entries.find(({ leader }) => leader)?.hostname);
  };
  expect(await removed(at, 'm1')).toEqual([]);
  expect(leaders).toEqual(['m2']);
});

test('a manager that the swarm does not demote within a minute is not deleted', async () => {
  const at = cluster('m1 m2 m3');
  at.undemotable.add('m2');
  const startMs = at.clock.now();
  expect(await removed(at, 'm2')).toMatchObject([
    {
      name: 'm2',
      error: {
        message: 'm2 is still a manager: the swarm did not demote it in time',
        hint: 'run the same command again',
      },
    },
  ]);
  expect(at.did).toEqual(['m1: drain m2', 'm1: demote m2']);
  expect(at.clock.now() - startMs).toBeLessThan(90_000);
});

const NEVER = () => new Promise<never>(() => {});

test.each([
  ['refuses to leave', 'fails'],
  ['does not say that it left', 'hangs'],
])('a node that %s is taken off the list all the same', async (_what, how) => {
  const at = cluster('m1 w1 w2');
  if (how === 'fails') failAt(at, 'w2: leave', new EngineError('w2', 500, 'context canceled'));
  const startMs = at.clock.now();
  const reach = how === 'hangs' ? { ...at.reach, use: NEVER } : at.reach;
  expect(await removed(at, 'w2', { reach })).toEqual([]);
  expect(at.did).toEqual(['m1: drain w2', 'm1: remove w2 --force', 'DELETE w2']);
  expect(at.clock.now() - startMs).toBeLessThan(90_000);
});

test('an election at the moment when the entry is to go only takes time', async () => {
  const at = cluster('m1 w1 w2');
  failAt(at, 'm1: remove w2', new EngineError('m1', 500, 'The swarm does not have a leader'));
  expect(await removed(at, 'w2')).toEqual([]);
  expect(at.did).toEqual(['m1: drain w2', 'w2: leave', 'm1: remove w2', 'DELETE w2']);
});

test('what was drained before is not drained again, and what is down is not drained at all', async () => {
  const at = cluster('m1 w1 w2').switchOff('w2');
  at.entries = at.entries.map((one) => (one.hostname === 'w1' ? { ...one, availability: 'drain' } : one));
  expect(await removed(at, 'w1 w2')).toEqual([]);
  expect(at.did.toSorted()).toEqual(['DELETE w1', 'DELETE w2', 'm1: remove w1', 'm1: remove w2', 'w1: leave']);
});

const takenOff = async (at: FakeCluster, name: string) => {
  const { member } = await at.reach.hold(at.context(), at.droplet('m1'));
  await takeOffDead(at.context(), member.engine, at.entry(name)!, { deadline: at.clock.now() + 60_000 });
};

test('a dead manager that still counts as reachable is not demoted where that would cost the quorum', async () => {
  const at = cluster('m1 m2 m3').switchOff('m2');
  at.entries = at.entries.map((one) => (one.hostname === 'm3' ? { ...one, state: 'down' } : one));
  expect(await said(takenOff(at, 'm3'))).toContain('without m3 the swarm would lose its quorum');
  expect(at.did).toEqual([]);
});

test('an entry that comes back to life while it is demoted is not removed', async () => {
  const at = cluster('m1 m2 m3').switchOff('m3');
  at.onChange = (what) => {
    if (what !== 'm1: demote m3') return;
    at.entries = at.entries.map((one) => (one.hostname === 'm3' ? { ...one, state: 'ready' } : one));
  };
  expect(await said(takenOff(at, 'm3'))).toContain('m3 (10.0.0.3) is not down: its swarm entry is left alone');
  expect(at.did).toEqual(['m1: demote m3']);
});

test('an entry at the address of a node that leaves stays where another node says that it is its own', async () => {
  const at = cluster('m1 w1 w2');
  at.entries = at.entries.map((one) => (one.hostname === 'w2' ? { ...one, address: '10.0.0.2' } : one));
  expect(await removed(at, 'w1')).toEqual([]);
  expect(at.entries.map(({ hostname }) => hostname)).toEqual(['m1', 'w2']);
});

test('of two entries that a silent node may have, only one goes', async () => {
  const at = cluster('m1 w1').stranger('w9', '10.0.0.2', { role: 'worker' }).silence('w1');
  expect(await removed(at, 'w1')).toEqual([]);
  expect(at.entries.map(({ hostname }) => hostname)).toEqual(['m1', 'w9']);
});

test('a node of the swarm that is well is no stale entry, though no droplet has its name', async () => {
  const at = cluster('m1 w1');
  at.droplets = at.droplets.filter(({ name }) => name !== 'w1');
  const { parts } = await planned(at, '', { gone: ['w1'] });
  expect(parts.map(({ ghosts }) => ghosts)).toEqual([[]]);
});

const task = (nodeId: string, about: Partial<SwarmTask> = {}): SwarmTask => ({
  serviceId: 's-web',
  nodeId: `id-${nodeId}`,
  slot: 1,
  state: 'running',
  wanted: 'running',
  ...about,
});

test.each<[string, SwarmTask[]]>([
  ['on another node that leaves', [task('w2')]],
  ['on its way', [task('m1', { state: 'preparing' })]],
  ['about to be stopped', [task('m1', { wanted: 'shutdown' })]],
])('a task that is %s does not run elsewhere yet', async (_what, between) => {
  const at = cluster('m1 w1 w2');
  const looks: SwarmTask[][] = [[task('w1')], between, between, [task('m1')]];
  let looked = 0;
  const engine = {
    tasks: async () => looks[Math.min(looked++, looks.length - 1)]!,
    updateNode: async () => {},
    serviceNames: async () => new Map(),
  };
  const leaving = at.entries.filter(({ role }) => role === 'worker');
  const free = await drain(at.context(), engine as never, leaving, { deadline: at.clock.now() + 60_000 });
  expect(await free.get('id-w1')).toEqual([]);
  expect(looked).toBe(looks.length);
});

test('where the swarm lets nobody be drained nobody is deleted', async () => {
  const at = cluster('m1 w1 w2');
  failAt(at, 'm1: drain w2', new EngineError('m1', 500, 'raft: not now'));
  expect(await removed(at, 'w1 w2')).toMatchObject([
    { name: 'w1', error: { message: 'm1: raft: not now' } },
    { name: 'w2', error: { message: 'm1: raft: not now' } },
  ]);
  expect(at.did.filter((what) => !what.includes('drain'))).toEqual([]);
});

test('the only manager that answers does not go: nobody would be left to ask', async () => {
  const at = cluster('m1 m2 m3').silence('m2', 'm3');
  expect(await said(removed(at, 'm1'))).toBe(
    'no remaining manager can be queried: m2, m3\nif its host key is not known here: belt trust m2',
  );
  expect(at.did).toEqual([]);
});

test('a stale entry that the swarm keeps is told', async () => {
  const at = cluster('m1 w1').switchOff('w1');
  at.droplets = at.droplets.filter(({ name }) => name !== 'w1');
  failAt(at, 'm1: remove w1', new EngineError('m1', 500, 'raft: not now'));
  expect(await said(removed(at, '', { gone: ['w1'] }))).toContain('raft: not now');
});

test('the connection to the manager ends with the work', async () => {
  const at = cluster('m1 w1');
  let open = 0;
  const hold: typeof at.reach.hold = async (context, node, ...rest) => {
    const held = await at.reach.hold(context, node, ...rest);
    open++;
    return { ...held, end: () => void open-- };
  };
  failAt(at, 'm1: drain w1', new EngineError('m1', 500, 'raft: not now'));
  const reach = { ...at.reach, hold };
  expect(await removed(at, 'w1', { reach })).toHaveLength(1);
  expect(await removed(at, 'w1', { reach })).toEqual([]);
  expect(open).toBe(0);
});
