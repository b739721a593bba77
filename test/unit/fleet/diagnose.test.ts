import { describe, expect, test } from 'vitest';
import type { SwarmInfo } from '../../../src/engine/engine.ts';
import { diagnose } from '../../../src/fleet/diagnose.ts';
import { type NodeAnswer, SwarmView } from '../../../src/fleet/swarm-view.ts';
import type { SwarmNode } from '../../../src/model/swarm-node.ts';
import { SshError } from '../../../src/ssh/errors.ts';
import { OUT } from '../swarm/fake-swarm.ts';

const node = (id: number, name: string, status = 'active') => ({
  id,
  name,
  privateAddress: `10.0.0.${id}`,
  tags: [],
  status,
});
type Watched = ReturnType<typeof node>;

const [m1, m2, m3, w1] = [node(1, 'm1'), node(2, 'm2'), node(3, 'm3', 'off'), node(4, 'w1')];
const MANAGERS = ['10.0.0.1:2377', '10.0.0.2:2377', '10.0.0.3:2377'];

const says = (n: Watched, swarm: Partial<SwarmInfo>, members?: SwarmNode[]): NodeAnswer<Watched> => ({
  node: n,
  swarm: { ...OUT, state: 'active', nodeId: n.name, managers: MANAGERS, ...swarm },
  ...(members ? { members } : {}),
});
const leaderless = (n: Watched) => says(n, { manager: true });
const silent = (n: Watched): NodeAnswer<Watched> => ({ node: n, error: new Error('connection refused') });
/** Behind a jump host that fails. */
const behind = (n: Watched): NodeAnswer<Watched> => ({
  node: n,
  error: Object.assign(new SshError({ ...n, address: n.privateAddress }, 'no-route', 'the jump host b: no', 'mend b'), {
    isJumps: true,
  }),
});
const untrusted = (n: Watched): NodeAnswer<Watched> => ({ node: n, untrusted: true, error: new Error('not known') });

const told = (answers: NodeAnswer<Watched>[], prefix?: string) => {
  const error = diagnose(new SwarmView(answers), { prefix });
  return error && { message: error.message, hint: error.hint };
};

describe('a swarm that cannot be asked is diagnosed', () => {
  test.each<[string, NodeAnswer<Watched>[], { message: string; hint: string } | undefined]>([
    ['where a manager lists the nodes: nothing', [says(m1, { manager: true }, []), silent(m2)], undefined],
    ['where all answered and are in none: nothing', [says(m1, OUT), says(m2, OUT)], undefined],
    [
      'two of three managers are missing',
      [leaderless(m1), silent(m2), silent(m3), says(w1, {})],
      {
        message:
          'the swarm has lost its quorum: 1 of 3 managers answers (m1), and 2 must: m2 does not answer (connection refused), m3 is powered off',
        hint: 'power m3 on in the control panel · wait until m2 answers · if they are lost for good, rebuild the swarm from m1: belt --host m1 docker swarm init --force-new-cluster',
      },
    ],
    [
      'managers are missing whose droplets are gone',
      [leaderless(m1)],
      {
        message:
          'the swarm has lost its quorum: 1 of 3 managers answers (m1), and 2 must: 2 managers are not droplets of the cluster',
        hint: 'if they are lost for good, rebuild the swarm from m1: belt --host m1 docker swarm init --force-new-cluster',
      },
    ],
    [
      'enough answer: they elect a leader',
      [leaderless(m1), leaderless(m2), silent(m3)],
      {
        message: 'the swarm has no leader right now: 2 of 3 managers answer (m[1:2])',
        hint: 'it is electing one: run the same command again in a few seconds',
      },
    ],
    [
      'a manager that only lacks trust is not lost',
      [leaderless(m1), untrusted(m2), silent(m3)],
      {
        message:
          'the swarm has lost its quorum: 1 of 3 managers answers (m1), and 2 must: the host key of m2 is not known here, m3 is powered off',
        hint: 'power m3 on in the control panel · belt trust m2 · if they are lost for good, rebuild the swarm from m1: belt --host m1 docker swarm init --force-new-cluster',
      },
    ],
    [
      'only workers answer',
      [silent(m1), untrusted(m2), says(w1, { managers: MANAGERS.slice(0, 2) })],
      {
        message:
          'w1 is in a swarm (active), and none of its managers answers: m1 does not answer (connection refused), the host key of m2 is not known here',
        hint: 'belt trust m2 · wait until m1 answers · if they will not come back, the swarm is lost: belt down, then belt up creates a new one (containers and volumes are lost) · see: belt --host w1 docker info',
      },
    ],
    [
      'no host key is known: trust helps, and nothing is removed',
      [untrusted(m1), untrusted(m2), untrusted(w1)],
      {
        message: 'cannot tell whether m[1:2],w1 are in a swarm: the host keys of m[1:2],w1 are not known here',
        hint: 'belt trust m1 (and so for m2,w1) · then run the same command again',
      },
    ],
    [
      'one does not answer, the others are in none',
      [says(m1, OUT), silent(m2)],
      {
        message: 'cannot tell whether m2 is in a swarm: m2 does not answer (connection refused)',
        hint: 'wait until m2 answers · then run the same command again',
      },
    ],
    [
      'all are behind a jump host that fails: it is told of once',
      [behind(m1), behind(m2), behind(w1)],
      {
        message: 'cannot tell whether m[1:2],w1 are in a swarm: m[1:2],w1 cannot be reached (the jump host b: no)',
        hint: 'mend b · then run the same command again',
      },
    ],
    [
      'managers behind a jump host that fails are not lost',
      [behind(m1), behind(m2), says(w1, { managers: MANAGERS.slice(0, 2) })],
      {
        message:
          'w1 is in a swarm (active), and none of its managers answers: m[1:2] cannot be reached (the jump host b: no)',
        hint: 'mend b · see: belt --host w1 docker info',
      },
    ],
    [
      'nor where another has lost its quorum without them',
      [leaderless(m1), behind(m2)],
      {
        message:
          'the swarm has lost its quorum: 1 of 3 managers answers (m1), and 2 must: m2 cannot be reached (the jump host b: no), 1 manager is not a droplet of the cluster',
        hint: 'mend b',
      },
    ],
    [
      'managers are locked',
      [says(m1, { state: 'locked' }), silent(m2)],
      {
        message: "m1 has been locked since it restarted, and no other manager can provide the swarm's unlock key",
        hint: 'unlock it with the key that you saved: belt --host m1 docker swarm unlock',
      },
    ],
  ])('%s', (_what, answers, expected) => expect(told(answers)).toEqual(expected));

  test('for another cluster than the chosen one the commands name it', () => {
    expect(told([untrusted(m1)], 'BELT_CLUSTER=shop ')?.hint).toBe(
      'BELT_CLUSTER=shop belt trust m1 · then run the same command again',
    );
  });
});
