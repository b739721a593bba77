import { afterEach, expect, test } from 'vitest';
import { activeNode, removedNames, setActiveNode } from '../../../src/config/choices.ts';
import { takeOffDead } from '../../../src/provision/leave.ts';
import { checkQuorum, planRemoval } from '../../../src/provision/plan.ts';
import { remove } from '../../../src/provision/remove.ts';
import { removalLines } from '../../../src/provision/tell.ts';
import { said } from '../cloud/things.ts';
import { FakeCluster, planned, type RemovalWords, removed } from './fake-cluster.ts';

const clusters: FakeCluster[] = [];
afterEach(() => {
  for (const one of clusters.splice(0)) one.end();
});

function cluster(names: string): FakeCluster {
  const made = new FakeCluster(names);
  clusters.push(made);
  return made;
}

const linesOf = async (at: FakeCluster, names: string, options: RemovalWords = {}) =>
  (await removalLines(at.context(), [await planned(at, names, options)])).map(({ text }) => text);

test('a worker: drained, left, taken off the list, deleted; in this order', async () => {
  const at = cluster('m1 w1 w2');
  expect(await removed(at, 'w2')).toEqual([]);
  expect(at.did).toEqual(['m1: drain w2', 'w2: leave', 'm1: remove w2', 'DELETE w2']);
  expect(at.entries.map(({ hostname }) => hostname)).toEqual(['m1', 'w1']);
});

test.each<[string, string, string, string]>([
  [
    'each of them could go alone',
    'm1 m2 m3',
    'm2 m3',
    'one at a time: belt rm m2 · bring back managers that are down, or add others first · to remove the whole cluster: belt down · to do it anyway: --force',
  ],
  [
    'not even one could go',
    'm1 m2 m3 down:m3',
    'm2',
    'bring back managers that are down, or add others first · to remove the whole cluster: belt down · to do it anyway: --force',
  ],
])('a refusal for the quorum names the ways that keep it: %s', async (_what, names, leaving, hint) => {
  const [down] = /(?<=down:)\S+/.exec(names) ?? [];
  const at = cluster(names.replace(/ down:\S+/, ''));
  if (down) at.switchOff(down);
  await expect(planned(at, leaving)).rejects.toMatchObject({ hint });
});

test('the leader: demoted by another manager before it leaves', async () => {
  const at = cluster('m1 m2 m3');
  expect(await removed(at, 'm1')).toEqual([]);
  expect(at.did).toEqual(['m2: drain m1', 'm2: demote m1', 'm1: leave', 'm2: remove m1', 'DELETE m1']);
});

test('managers go one at a time, those that are down first and the leader last', async () => {
  const at = cluster('m1 m2 m3 m4 m5 m6 m7').switchOff('m7');
  let voting = 7;
  at.onChange = (what) => {
    if (!what.includes('demote')) return;
    expect(at.entries.filter(({ reachability }) => reachability).length).toBe(voting--);
  };
  expect(await removed(at, 'm1 m2 m7')).toEqual([]);
  expect(at.did.filter((what) => what.includes('demote'))).toEqual(['m3: demote m7', 'm3: demote m2', 'm3: demote m1']);
});

test('a node is free once what ran on it runs elsewhere', async () => {
  const at = cluster('m1 w1 w2').runs('s-web', 'w1', 'w2', 'w2');
  at.onChange = (what) => {
    if (what === 'w2: leave') expect(at.tasks.filter(({ nodeId }) => nodeId !== 'id-w2')).toHaveLength(3);
  };
  await removed(at, 'w2');
  expect(at.warnings).toEqual([]);
});

test('tasks that run nowhere else after a minute are told by the name of their service, and the node goes', async () => {
  const at = cluster('m1 w1').runs('s-web', 'w1');
  at.stuck.add('s-web');
  const startMs = at.clock.now();
  expect(await removed(at, 'w1')).toEqual([]);
  expect(at.warnings).toEqual(['w1: not all tasks of web run elsewhere yet; continuing']);
  expect(at.clock.now() - startMs).toBeGreaterThanOrEqual(60_000);
  expect(at.did.at(-1)).toBe('DELETE w1');
});

test.each([
  ['m1 m2 m3', '', 'm2 m3', 'without m[2:3] the swarm would lose its quorum: 1 of 3 managers would be left'],
  [
    'm1 m2 m3',
    'm3',
    'm2',
    'without m2 the swarm would lose its quorum: 2 (1 of them reachable) of 3 managers would be left',
  ],
  ['m1 m2 m3 w1', '', 'm1 m2 m3', 'without m[1:3] the swarm would lose its quorum: no manager would be left'],
  [
    'm1 m2 m3 m4 m5',
    'm4 m5',
    'm1',
    'without m1 the swarm would lose its quorum: 4 (2 of them reachable) of 5 managers would be left',
  ],
  ['m1 m2 m3', '', 'm1 m2', 'without m[1:2] the swarm would lose its quorum: 1 of 3 managers would be left'],
  ['m1 m2 m3 m4', '', 'm3 m4', 'without m[3:4] the swarm would lose its quorum: 2 of 4 managers would be left'],
  ['m1 m2 m3', 'm3', 'm2 m3', 'without m[2:3] the swarm would lose its quorum: 1 of 3 managers would be left'],
])('of %s with %s off, %s is refused', async (names, off, going, message) => {
  const at = cluster(names).switchOff(...off.split(' ').filter(Boolean));
  expect(await said(planned(at, going))).toContain(message);
  expect(at.did).toEqual([]);
});

test.each([
  ['m1 m2 m3', 'm3', 'm3'],
  ['m1 m2 m3 m4', '', 'm4'],
  ['m1 m2', '', 'm2'],
  ['m1 m2 m3 m4 m5', '', 'm1 m5'],
  ['m1 m2 m3', '', 'm1'],
  ['m1 w1', 'w1', 'w1'],
  ['m1 m2 m3 m4 m5', 'm4 m5', 'm4 m5'],
])('of %s with %s off, %s can go', async (names, off, going) => {
  const at = cluster(names).switchOff(...off.split(' ').filter(Boolean));
  expect(await removed(at, going)).toEqual([]);
  expect(at.entries.map(({ hostname }) => hostname)).toEqual(names.split(' ').filter((name) => !going.includes(name)));
  expect(at.droplets.map(({ name }) => name)).toEqual(at.entries.map(({ hostname }) => hostname));
});

test('of two managers that cannot go together, one of which is silent, no order is advised', async () => {
  const at = cluster('m1 m2 m3').silence('m2').hideAddresses('m2');
  await expect(planned(at, 'm2 m3')).rejects.toMatchObject({
    hint: 'bring back managers that are down, or add others first · to remove the whole cluster: belt down · to do it anyway: --force',
  });
});

test('a worker that is being promoted counts as a manager that cannot be reached yet', async () => {
  const at = cluster('m1 m2 w1');
  at.entries = at.entries.map((one) => (one.hostname === 'w1' ? { ...one, role: 'manager' } : one));
  expect(await said(planned(at, 'm2'))).toContain('2 (1 of them reachable) of 3 managers would be left');
});

const NO_QUORUM = 'without m[2:3] the swarm would lose its quorum: 1 of 3 managers would be left';
test.each<[string, (at: FakeCluster) => void, string]>([
  ['the swarm is on public addresses', (at) => at.onPublicAddresses(), NO_QUORUM],
  ['DigitalOcean does not say their addresses', (at) => at.hideAddresses('m2', 'm3'), NO_QUORUM],
  [
    'nothing tells which entries are theirs',
    (at) => {
      at.hideAddresses('m2', 'm3');
      at.entries = at.entries.map((one) => (one.leader ? one : { ...one, hostname: `host-${one.hostname}` }));
    },
    'cannot tell whether m[2:3] are in a swarm: m2 does not answer (no answer), m3 does not answer (no answer)',
  ],
])('two silent managers of three are not deleted: %s', async (_what, change, message) => {
  const at = cluster('m1 m2 m3').silence('m2', 'm3');
  change(at);
  expect(await said(removed(at, 'm2 m3'))).toContain(message);
  expect(at.did).toEqual([]);
});

test.each<[string, (at: FakeCluster) => void]>([
  ['the swarm is on public addresses', (at) => at.onPublicAddresses()],
  ['DigitalOcean does not say their addresses', (at) => at.hideAddresses('m2', 'm3')],
])('up removes no two silent managers of three either, and names no --force: %s', async (_what, change) => {
  const at = cluster('m1 m2 m3').silence('m2', 'm3');
  change(at);
  const [m1, ...leaving] = at.droplets;
  const end = await said(checkQuorum(at.context(), { leaving, staying: [m1!], view: at.view() }));
  expect(end).toContain(NO_QUORUM);
  expect(end).not.toContain('--force');
});

test('one of two managers that is known by its name alone is not deleted: nothing takes its vote away', async () => {
  const at = cluster('m1 m2').silence('m2').hideAddresses('m2');
  expect(await said(removed(at, 'm2'))).toContain('without m2 the swarm would lose its quorum: 1 of 2 managers');
  expect(at.did).toEqual([]);
});

test('a silent manager of a swarm on public addresses is demoted before its droplet goes', async () => {
  const at = cluster('m1 m2').onPublicAddresses().silence('m2');
  expect(await removed(at, 'm2')).toEqual([]);
  expect(at.did).toEqual(['m1: drain m2', 'm1: demote m2', 'm1: remove m2 --force', 'DELETE m2']);
});

test('a silent droplet without an entry can go where each manager is accounted for', async () => {
  const at = cluster('m1 w1 w2').silence('w2').hideAddresses('w2');
  at.entries = at.entries.filter(({ hostname }) => hostname !== 'w2');
  expect(await removed(at, 'w2')).toEqual([]);
  expect(at.did).toEqual(['DELETE w2']);
});

test.each<[string, (at: FakeCluster) => void]>([
  ['the swarm is on public addresses', (at) => at.onPublicAddresses()],
  ['DigitalOcean does not say its address', (at) => at.hideAddresses('w2')],
])('a worker that is only off keeps the swarm from being ended: %s', async (_what, change) => {
  const at = cluster('m1 w1 w2');
  change(at);
  at.switchOff('w2');
  expect(await said(removed(at, 'm1 w1'))).toContain('no manager would be left');
});

test('every member of the swarm: it ends, which is said, and nothing is drained', async () => {
  const at = cluster('m1 m2 w1');
  expect(await linesOf(at, 'm1 m2 w1')).toEqual([
    'cluster shop (BELT_CLUSTER), sandbox',
    '3 droplets and all data on them will be deleted:',
    '  m1  1  (10.0.0.1)  sgp1  s-1vcpu-512mb-10gb  active  leader, ready',
    '  m2  2  (10.0.0.2)  sgp1  s-1vcpu-512mb-10gb  active  manager, ready',
    '  w1  3  (10.0.0.3)  sgp1  s-1vcpu-512mb-10gb  active  worker, ready',
    'this removes the whole swarm',
  ]);
  expect(await removed(at, 'm1 m2 w1')).toEqual([]);
  expect(at.did.toSorted()).toEqual(['DELETE m1', 'DELETE m2', 'DELETE w1']);
});

test('a worker that is off stays a member: without it not every member goes', async () => {
  const at = cluster('m1 w1 w2').switchOff('w2');
  expect(await said(planned(at, 'm1 w1'))).toContain('no manager would be left');
});

test('--force skips the quorum, says so, and takes the swarm along as far as it goes', async () => {
  const at = cluster('m1 m2 m3');
  expect((await linesOf(at, 'm2 m3', { force: true })).at(-1)).toBe(
    '--force: without m[2:3] the swarm would lose its quorum: 1 of 3 managers would be left',
  );
  expect(await removed(at, 'm2 m3', { force: true })).toEqual([]);
  expect(at.entries).toMatchObject([{ hostname: 'm1', leader: true }]);
});

test('a swarm without a leader is diagnosed: who is missing, and what brings it back', async () => {
  const at = cluster('m1 m2 m3 w1').switchOff('m2', 'm3');
  at.droplets = at.droplets.map((one) => (one.name === 'm3' ? { ...one, status: 'off' } : one));
  expect(await said(planned(at, 'w1'))).toBe(
    'the swarm has lost its quorum: 1 of 3 managers answers (m1), and 2 must: m2 does not answer (no answer), m3 is powered off\n' +
      'power m3 on in the control panel · wait until m2 answers · if they are lost for good, rebuild the swarm from m1: ' +
      'belt --host m1 docker swarm init --force-new-cluster',
  );
  expect(at.did).toEqual([]);
  expect(await removed(at, 'w1', { force: true })).toEqual([]);
  expect(at.did).toEqual(['DELETE w1']);
});

test('where no node is in a swarm droplets are only deleted', async () => {
  const at = cluster('w1 w2');
  at.entries = [];
  expect(await removed(at, 'w1')).toEqual([]);
  expect(at.did).toEqual(['DELETE w1']);
});

test('a node that is silent among silent ones is not deleted: it may be the manager', async () => {
  const at = cluster('m1 w1').switchOff('m1', 'w1');
  expect(await said(planned(at, 'm1'))).toContain('cannot tell whether');
});

test('a node that left and whose entry is still there: the entry goes, too', async () => {
  const at = cluster('m1 m2 m3 w1');
  at.left.add('w1').add('m3');
  at.entries = at.entries.map((one) =>
    one.hostname === 'w1' || one.hostname === 'm3'
      ? { ...one, state: 'down', ...(one.reachability && { reachability: 'unreachable' }) }
      : one,
  );
  expect(await removed(at, 'w1 m3')).toEqual([]);
  expect(at.entries.map(({ hostname }) => hostname)).toEqual(['m1', 'm2']);
  expect(at.did).not.toContain('w1: leave');
});

test('an entry without a droplet is taken off by its name', async () => {
  const at = cluster('m1 w1').switchOff('w1');
  at.droplets = at.droplets.filter(({ name }) => name !== 'w1');
  expect(await linesOf(at, '', { gone: ['w1'] })).toEqual([
    'cluster shop (BELT_CLUSTER), sandbox',
    '  w1: stale swarm entry, will be removed',
  ]);
  await removed(at, '', { gone: ['w1'] });
  expect(at.did).toEqual(['m1: remove w1']);
  expect(at.notes).toContain('w1: stale swarm entry removed');
});

const takenOff = async (at: FakeCluster, name: string) => {
  const { member } = await at.reach.hold(at.context(), at.droplet('m1'));
  await takeOffDead(at.context(), member.engine, at.entry(name)!, { deadline: at.clock.now() + 60_000 });
};

test('an entry that counted as dead and is ready is neither demoted nor removed', async () => {
  const at = cluster('m1 m2').stranger('m3', '192.0.2.7');
  expect(await said(takenOff(at, 'm3'))).toContain('m3 (192.0.2.7) is not down: its swarm entry is left alone');
  expect(at.did).toEqual([]);
});

test('a dead manager: demoted once it is down, never where that would cost the quorum', async () => {
  const at = cluster('m1 m2 m3').switchOff('m3');
  await takenOff(at, 'm3');
  expect(at.did).toEqual(['m1: demote m3', 'm1: remove m3']);
});

test('what cannot be deleted fails alone', async () => {
  const at = cluster('m1 w1 w2');
  at.undeletable.set('w1', new Error('droplet is locked'));
  expect(await removed(at, 'w1 w2')).toMatchObject([{ name: 'w1', error: { message: 'droplet is locked' } }]);
  expect(at.droplets.map(({ name }) => name)).toEqual(['m1', 'w1']);
  expect(removedNames(at.state, 'shop')).toEqual(['w1']);
  // It does not take part in the swarm any more, and is billed.
  expect(at.notes).toContain('w1 is out of the swarm, but its droplet still exists');
});

test('a swarm that was to end and has a droplet left: the same again ends it, though it shows the other as ready still', async () => {
  const at = cluster('m1 w1');
  at.undeletable.set('m1', new Error('droplet is locked'));
  expect(await removed(at, 'm1 w1')).toMatchObject([{ name: 'm1', error: { message: 'droplet is locked' } }]);
  expect(removedNames(at.state, 'shop')).toEqual(['m1', 'w1']);
  at.entries = at.entries.map((one) => ({ ...one, state: 'ready' }));
  at.undeletable.clear();
  expect(await linesOf(at, 'm1', { gone: ['w1'] })).toContain('this removes the whole swarm');
  expect(await removed(at, 'm1', { gone: ['w1'] })).toEqual([]);
  expect(removedNames(at.state, 'shop')).toEqual([]);
});

test('a droplet that was deleted and is there two minutes later has failed', async () => {
  const at = cluster('m1 w1 w2');
  at.immortal.add('w1');
  const startMs = at.clock.now();
  expect(await removed(at, 'w1 w2')).toMatchObject([
    {
      name: 'w1',
      error: {
        message: 'w1 was deleted, but DigitalOcean still lists it',
        hint: 'run the same command again in a few minutes; until then: belt ls',
      },
    },
  ]);
  expect(removedNames(at.state, 'shop')).toEqual(['w1']);
  const tookMs = at.clock.now() - startMs;
  expect(tookMs).toBeGreaterThanOrEqual(120_000);
  expect(tookMs).toBeLessThan(180_000);
});

test('a state folder that takes no writes is found out before anything is done', async () => {
  const at = cluster('m1 w1');
  at.state.write = () => {
    throw new Error('the file system is read-only');
  };
  at.state.writeJson = at.state.write;
  expect(await said(removed(at, 'w1'))).toBe('the file system is read-only');
  expect(at.did).toEqual([]);
});

test('a droplet that a list leaves out is gone only once asking for its id says so', async () => {
  const at = cluster('w1 w2 w3 w4 w5 w6');
  at.entries = [];
  for (const { id } of at.droplets) at.unlisted.add(id);
  expect(await removed(at, 'w1 w2 w3 w4 w5 w6')).toEqual([]);
  expect(at.droplets).toEqual([]);
});

test('the active node is forgotten with it, unless another droplet has its name', async () => {
  const at = cluster('w1 w2');
  at.entries = [];
  at.droplets.push({ ...at.droplet('w1'), id: 9 });
  setActiveNode(at.state, 'shop', 'w1');
  const [first] = at.droplets;
  const staying = at.droplets.filter(({ id }) => id !== 1);
  const removal = await planRemoval(at.context(), { leaving: [first!], staying, view: at.view() });
  await remove(at.context(), removal, { again: 'belt rm 1', reach: at.reach });
  expect(activeNode(at.state, 'shop')).toBe('w1');
  // One of another cluster is not meant.
  at.droplets.push({ ...at.droplet('w1'), id: 10, tags: ['belt', 'belt-cluster-blue'] });
  const { id } = at.droplet('w1');
  const last = at.droplets.filter((one) => one.id === id);
  const rest = at.droplets.filter((one) => one.name === 'w2');
  const second = await planRemoval(at.context(), { leaving: last, staying: rest, view: at.view() });
  await remove(at.context(), second, { again: 'belt rm 9', reach: at.reach });
  expect(activeNode(at.state, 'shop')).toBeUndefined();
});

test('what is deleted is removed, also where the notes about it cannot be written', async () => {
  const at = cluster('w1 w2');
  at.entries = [];
  at.onForget = () => {
    throw new Error('the disk is full');
  };
  const gone: string[] = [];
  const options = { again: 'belt rm w1', reach: at.reach, onGone: ({ name }: { name: string }) => gone.push(name) };
  expect(await remove(at.context(), await planned(at, 'w1'), options)).toEqual([]);
  expect(gone).toEqual(['w1']);
  expect(at.warnings).toEqual([
    'w1 is deleted, but belt could not remove all of its own notes about it: the disk is full',
  ]);
});

const WHOLE = ['m2: drain m1', 'm2: drain w1', 'w1: leave', 'm2: remove w1', 'DELETE w1', 'm2: demote m1', 'm1: leave'];
const STAGES = /^interrupted: \S+ (is|are|left) [^;]+(; \S+ (is|are|left) [^;]+)*$/;

test.each([...WHOLE, 'm2: remove m1', 'DELETE m1'])(
  'interrupted before "%s", it says how far each node is, and the same again finishes',
  async (moment) => {
    const at = cluster('m1 m2 m3 w1 w2');
    at.onChange = (what) => {
      if (what === moment) at.controller.abort(new Error('interrupted'));
    };
    const end = await said(removed(at, 'm1 w1'));
    expect(end).toMatch(/^interrupted: /);
    expect(end.split('\n')[0]).toMatch(STAGES);
    expect(end).toContain('\ncontinue: belt rm m1 w1');
    at.controller = new AbortController();
    at.onChange = () => {};
    expect(await removed(at, 'm1 w1')).toEqual([]);
    expect(at.entries.map(({ hostname }) => hostname)).toEqual(['m2', 'm3', 'w2']);
    expect(at.droplets.map(({ name }) => name)).toEqual(['m2', 'm3', 'w2']);
  },
);
