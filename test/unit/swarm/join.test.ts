import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/engine.ts';
import type { BeltError } from '../../../src/errors.ts';
import { SshError } from '../../../src/ssh/errors.ts';
import { type Joined, Joiner, joinAll, managerAdvice, target, WORKERS_AT_ONCE } from '../../../src/swarm/join.ts';
import type { NodeEngine } from '../../../src/swarm/node-engine.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeSwarm, inSwarm, OUT, pending, refusal, TIMED_OUT } from './fake-swarm.ts';

interface Outcome {
  /** `n2: joined as worker`, `n3: error …`, in the order in which they ended. */
  ends: string[];
  clock: FakeClock;
  /** Of whom it was told that no manager answers them. */
  unanswered: string[];
  /** The most that were open at a time. */
  mostOpen: number;
}

async function join(
  swarm: FakeSwarm,
  nodes: NodeEngine[],
  about: Partial<Parameters<typeof joinAll>[1]> = {},
): Promise<Outcome> {
  const clock = new FakeClock();
  const outcome: Outcome = { ends: [], unanswered: [], clock, mostOpen: 0 };
  let open = 0;
  await joinAll(
    nodes,
    {
      target: await target(swarm.manager),
      role: 'worker',
      clock,
      signal: new AbortController().signal,
      deadline: clock.now() + 60_000,
      force: false,
      ...about,
    },
    async (node, use) => {
      outcome.mostOpen = Math.max(outcome.mostOpen, ++open);
      try {
        return await use(node);
      } finally {
        open--;
      }
    },
    {
      onEnd: (node, end) => outcome.ends.push(`${node.name}: ${inWords(end)}`),
      onUnanswered: async (node) => {
        // Whoever looks for the reason has it told before the failure.
        await new Promise((resolve) => setImmediate(resolve));
        outcome.unanswered.push(`${node.name}, before ${outcome.ends.length} ended`);
      },
    },
  );
  return outcome;
}

function inWords(end: Joined | Error): string {
  if (!(end instanceof Error)) return `${end.already ? 'already' : 'joined'} as ${end.role}`;
  const { hint } = end as BeltError;
  return hint === undefined ? `error ${end.message}` : `error ${end.message} | ${hint}`;
}

describe('what others need to join', () => {
  test.each([
    ['10.0.0.1:12377', '10.0.0.1'],
    ['[fd00::1]:12377', 'fd00::1'],
  ])('the manager listens on a port of its own: %s', async (address, nodeAddress) => {
    const swarm = new FakeSwarm();
    const known = inSwarm('m1', 'manager', { nodeAddress, managers: ['10.0.0.3:2377', address] });
    expect((await target(swarm.node('m1', { states: [known] }))).addresses).toEqual([address, '10.0.0.3:2377']);
  });

  test('a token that is rotated while managers join is asked for once more, for those that follow as well', async () => {
    const swarm = new FakeSwarm();
    const nodes = ['m2', 'm3', 'm4'].map((name) => swarm.node(name));
    const joined = join(swarm, nodes, { role: 'manager', target: await target(swarm.manager) });
    swarm.tokens.manager = 'rotated-token';
    expect((await joined).ends).toEqual(['m2: joined as manager', 'm3: joined as manager', 'm4: joined as manager']);
    expect(swarm.did.filter((deed) => /join/.test(deed))).toEqual([
      'm2 join 10.0.0.1:2377 manager-token 10.0.0.2',
      'm2 join 10.0.0.1:2377 rotated-token 10.0.0.2',
      'm3 join 10.0.0.1:2377 rotated-token 10.0.0.3',
      'm4 join 10.0.0.1:2377 rotated-token 10.0.0.4',
    ]);
  });

  test('a token that is refused though it is the one of now is no reason to ask forever', async () => {
    const swarm = new FakeSwarm();
    const words = 'A valid join token is necessary to join this cluster';
    const node = swarm.node('n2', { joinError: refusal('n2', words) });
    expect((await join(swarm, [node])).ends).toEqual([`n2: error n2: ${words}`]);
    expect(swarm.did).toHaveLength(1);
  });

  test('the manager itself first, then the others that it knows', async () => {
    const swarm = new FakeSwarm();
    const known = inSwarm('m1', 'manager', { managers: ['10.0.0.3:2377', '10.0.0.1:2377', '10.0.0.2:2377'] });
    expect(await target(swarm.node('m1', { states: [known] }))).toMatchObject({
      addresses: ['10.0.0.1:2377', '10.0.0.3:2377', '10.0.0.2:2377'],
      tokens: { worker: 'worker-token', manager: 'manager-token' },
      clusterId: 'cluster',
    });
  });
});

describe('workers', () => {
  test('join with the worker token and their own address', async () => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [swarm.node('n2')]);
    expect(ends).toEqual(['n2: joined as worker']);
    expect(swarm.did).toEqual(['n2 join 10.0.0.1:2377 worker-token 10.0.0.2']);
  });

  test('go side by side, so many at a time', async () => {
    const swarm = new FakeSwarm();
    const nodes = Array.from({ length: 100 }, (_, n) => swarm.node(`n${n + 2}`));
    const { ends, mostOpen } = await join(swarm, nodes);
    expect(ends.toSorted()).toEqual(nodes.map(({ name }) => `${name}: joined as worker`).toSorted());
    expect(mostOpen).toBe(WORKERS_AT_ONCE);
  });

  test('one that is slow holds nobody up', async () => {
    const swarm = new FakeSwarm();
    const slow = swarm.node('n2', { states: [OUT, pending(), pending(), pending(), inSwarm('n2', 'worker')] });
    const { ends } = await join(swarm, [slow, swarm.node('n3')]);
    expect(ends).toEqual(['n3: joined as worker', 'n2: joined as worker']);
  });

  test('one that fails hides none of the others', async () => {
    const swarm = new FakeSwarm();
    const broken = swarm.node('n2', { joinError: refusal('n2', 'invalid join token') });
    const { ends } = await join(swarm, [broken, swarm.node('n3'), swarm.node('n4')]);
    expect(ends.toSorted()).toEqual([
      'n2: error n2: invalid join token',
      'n3: joined as worker',
      'n4: joined as worker',
    ]);
  });

  test('one without a private address is told', async () => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [{ ...swarm.node('n2'), privateAddress: undefined }]);
    expect(ends).toEqual([
      'n2: error n2 has no private address for the swarm | ' +
        'a droplet gets one in its VPC when it is created; recreate it',
    ]);
    expect(swarm.did).toEqual([]);
  });
});

describe('a node that is in a swarm', () => {
  test('in this one: that counts, with the role that it has', async () => {
    const swarm = new FakeSwarm();
    await join(swarm, [swarm.node('n2'), swarm.node('n3')]);
    await join(swarm, [swarm.node('n4')], { role: 'manager' });
    const again = [
      swarm.node('n2', { states: [inSwarm('n2', 'worker')] }),
      swarm.node('n4', { states: [inSwarm('n4', 'manager')] }),
    ];
    const joins = swarm.did.length;
    const { ends } = await join(swarm, again);
    expect(ends.toSorted()).toEqual(['n2: already as worker', 'n4: already as manager']);
    expect(swarm.did).toHaveLength(joins);
  });

  test.each([
    [inSwarm('n2', 'worker'), 'n2 is in another swarm'],
    [inSwarm('n2', 'manager', { state: 'locked' }), 'n2 is in a swarm that is locked'],
    [inSwarm('n2', 'worker', { state: 'error' }), 'n2 is in a swarm that is error'],
  ])('in another: it is not taken out of that unasked', async (info, text) => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [swarm.node('n2', { states: [info] })]);
    expect(ends).toEqual([`n2: error ${text} | --force removes it from that one first`]);
    expect(swarm.did).toEqual([]);
  });

  test('in another whose managers do not answer it: its error is that of a join, but it is in there', async () => {
    const swarm = new FakeSwarm();
    const error = 'rpc error: code = Unavailable desc = connection refused';
    const states = [{ ...OUT, state: 'error' as const, error, nodeId: 'id-n2' }];
    const { ends } = await join(swarm, [swarm.node('n2', { states })]);
    expect(ends[0]).toMatch(/^n2: error n2 is in a swarm that is error \| --force removes it/);
    expect(swarm.did).toEqual([]);
  });

  test('in another, with --force: out of that first', async () => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [swarm.node('n2', { states: [inSwarm('n2', 'worker')] })], { force: true });
    expect(ends).toEqual(['n2: joined as worker']);
    expect(swarm.did).toEqual(['n2 leave --force', 'n2 join 10.0.0.1:2377 worker-token 10.0.0.2']);
  });

  test('on its way already: followed, not asked again', async () => {
    const swarm = new FakeSwarm();
    const node = swarm.node('n2', { states: [pending(), pending(), pending(), inSwarm('n2', 'worker')] });
    const { ends, clock } = await join(swarm, [node]);
    expect(ends).toEqual(['n2: joined as worker']);
    expect(swarm.did).toEqual([]);
    expect(clock.sleeps).toEqual([250, 250]);
  });
});

describe('a join whose connection is cut', () => {
  const cut = new SshError({ name: 'n2', address: '10.1.0.2' }, 'lost', 'the connection was lost');
  const asked = 'n2 join 10.0.0.1:2377 worker-token 10.0.0.2';

  test('goes on at the engine, and is followed there', async () => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [
      swarm.node('n2', { states: [OUT, pending(), inSwarm('n2', 'worker')], joinError: cut }),
    ]);
    expect(ends).toEqual(['n2: joined as worker']);
    expect(swarm.did).toEqual([asked]);
  });

  test('and that the engine never heard of is asked for again, three times in all', async () => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [swarm.node('n2', { states: [OUT], joinError: cut })]);
    expect(ends).toEqual(['n2: error n2 could not join: its swarm state is inactive']);
    expect(swarm.did).toEqual([asked, asked, asked]);
  });
});

describe('a join that takes longer than the 20 s of the engine', () => {
  const timedOut = refusal('n2', TIMED_OUT);
  const error = 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
  const GAVE_UP = { ...OUT, state: 'error' as const, error };

  test('is followed until the node is in', async () => {
    const swarm = new FakeSwarm();
    const states = [
      OUT,
      ...Array.from({ length: 40 }, () => pending('dial tcp: i/o timeout')),
      inSwarm('n2', 'worker'),
    ];
    const { ends, unanswered, clock } = await join(swarm, [
      swarm.node('n2', { states, joinError: timedOut }),
      swarm.node('n3'),
    ]);
    expect(ends).toEqual(['n3: joined as worker', 'n2: joined as worker']);
    // Somebody may look meanwhile why it takes so long.
    expect(unanswered).toEqual(['n2, before 1 ended']);
    expect(clock.sleeps).toHaveLength(40);
  });

  test('is given up at the deadline, with what the engine said last', async () => {
    const swarm = new FakeSwarm();
    const states = [OUT, pending('dial tcp 10.0.0.1:2377: i/o timeout')];
    const { ends, unanswered, clock } = await join(swarm, [swarm.node('n2', { states })]);
    expect(unanswered).toEqual(['n2, before 0 ended']);
    expect(ends).toEqual([
      'n2: error n2 is still trying to join: dial tcp 10.0.0.1:2377: i/o timeout | ' +
        'open 2377/tcp, 7946/tcp+udp and 4789/udp between the nodes, then run the same command again',
    ]);
    expect(clock.now()).toBe(1_060_000);
  });

  test('and that the engine gives up is asked for again: its manager may answer by then', async () => {
    const swarm = new FakeSwarm();
    const states = [OUT, pending(), GAVE_UP];
    const { ends, unanswered } = await join(swarm, [swarm.node('n2', { states })]);
    expect({ ends, unanswered }).toEqual({ ends: ['n2: joined as worker'], unanswered: ['n2, before 0 ended'] });
    const asked = 'n2 join 10.0.0.1:2377 worker-token 10.0.0.2';
    expect(swarm.did).toEqual([asked, 'n2 leave --force', asked]);
  });

  const BOTH = inSwarm('m1', 'manager', { managers: ['10.0.0.1:2377', '10.0.0.3:2377'] });
  const ONE_FIRST = 'n2 join 10.0.0.1:2377,10.0.0.3:2377 worker-token 10.0.0.2';
  const OTHER_FIRST = 'n2 join 10.0.0.3:2377,10.0.0.1:2377 worker-token 10.0.0.2';

  test('is asked for at another manager then, as an engine tries the first address alone', async () => {
    const swarm = new FakeSwarm();
    const known = await target(swarm.node('m1', { states: [BOTH] }));
    const { ends } = await join(swarm, [swarm.node('n2', { states: [OUT, pending(), GAVE_UP] })], { target: known });
    expect(ends).toEqual(['n2: joined as worker']);
    expect(swarm.did).toEqual([ONE_FIRST, 'n2 leave --force', OTHER_FIRST]);
  });

  test('and where a manager refuses the connection, each of the others is asked at once, and none twice', async () => {
    const swarm = new FakeSwarm();
    const known = await target(swarm.node('m1', { states: [BOTH] }));
    const refused = refusal(
      'n2',
      'rpc error: code = Unavailable desc = dial tcp 10.0.0.3:2377: connect: connection refused',
    );
    const { ends } = await join(swarm, [swarm.node('n2', { joinError: refused })], { target: known });
    expect(ends).toEqual([`n2: error ${refused.message}`]);
    expect(swarm.did).toEqual([ONE_FIRST, OTHER_FIRST]);
  });

  test('and that the engine gave up in an earlier run: the same command finishes it, without --force', async () => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [swarm.node('n2', { states: [GAVE_UP] })]);
    expect(ends).toEqual(['n2: joined as worker']);
    expect(swarm.did).toEqual(['n2 leave --force', 'n2 join 10.0.0.1:2377 worker-token 10.0.0.2']);
  });

  test('and that the engine gives up at the deadline is not taken back: it goes on with what it was asked', async () => {
    const swarm = new FakeSwarm();
    const clock = new FakeClock();
    const member = swarm.node('n2', { joinError: timedOut });
    let looks = 0;
    member.engine.swarm = async () => (looks++ === 0 ? OUT : GAVE_UP);
    const { ends } = await join(swarm, [member], { clock, deadline: clock.now() + 200 });
    expect(ends[0]).toMatch(/^n2: error n2 is still trying to join/);
    const asked = 'n2 join 10.0.0.1:2377 worker-token 10.0.0.2';
    expect(swarm.did).toEqual([asked, 'n2 leave --force', asked]);
  });

  test.each([
    [{ ...OUT, state: 'error' as const, error: 'certificate (1) not found' }, 'certificate (1) not found'],
    [OUT, 'its swarm state is inactive'],
  ])('that fails after that is told', async (end, why) => {
    const swarm = new FakeSwarm();
    const { ends } = await join(swarm, [swarm.node('n2', { states: [OUT, pending(), end], joinError: timedOut })]);
    expect(ends).toEqual([`n2: error n2 could not join: ${why}`]);
  });
});

describe('managers', () => {
  test('join one after another, each reachable before the next', async () => {
    const swarm = new FakeSwarm();
    const nodes = ['n2', 'n3', 'n4'].map((name) => swarm.node(name, { reachableAfter: 3 }));
    const { ends, mostOpen } = await join(swarm, nodes, { role: 'manager' });
    expect(ends).toEqual(['n2: joined as manager', 'n3: joined as manager', 'n4: joined as manager']);
    expect(mostOpen).toBe(1);
    expect(swarm.did.map((line) => line.replace(/ 10.*/, ''))).toEqual(
      ['n2', 'n3', 'n4'].flatMap((name) => [`${name} join`, ...Array.from({ length: 3 }, () => `look ${name}`)]),
    );
    expect(swarm.did[0]).toBe('n2 join 10.0.0.1:2377 manager-token 10.0.0.2');
  });

  test('one that cannot join holds up none of the others', async () => {
    const swarm = new FakeSwarm();
    const broken = swarm.node('n2', { joinError: refusal('n2', 'invalid join token') });
    const { ends } = await join(swarm, [broken, swarm.node('n3')], { role: 'manager' });
    expect(ends).toEqual(['n2: error n2: invalid join token', 'n3: joined as manager']);
  });

  test('after one that joined and is not reached, no more are let in: the quorum would be at risk', async () => {
    const swarm = new FakeSwarm();
    const deaf = swarm.node('n3', { reachableAfter: Number.POSITIVE_INFINITY });
    const { ends } = await join(swarm, [swarm.node('n2'), deaf, swarm.node('n4'), swarm.node('n5')], {
      role: 'manager',
    });
    const risk =
      'not asked to join: one more manager would put the quorum at risk while n3 is not reachable | ' +
      'once it is reachable (see: belt docker node ls), run the same command again';
    expect(ends).toEqual([
      'n2: joined as manager',
      'n3: error n3 joined as a manager and is not reachable: unknown',
      `n4: error ${risk}`,
      `n5: error ${risk}`,
    ]);
    expect(swarm.did.filter((line) => line.includes('join'))).toHaveLength(2);
  });

  test.each([
    [0, undefined],
    [1, undefined],
    [2, '2 managers survive the loss of 0, no more than 1 would: an odd number is better'],
    [3, undefined],
    [4, '4 managers survive the loss of 1, no more than 3 would: an odd number is better'],
    [6, '6 managers survive the loss of 2, no more than 5 would: an odd number is better'],
    [7, undefined],
    [8, '8 managers: more than 7 slow the swarm down'],
    [9, '9 managers: more than 7 slow the swarm down'],
  ])('advice about %i', (count, text) => {
    expect(managerAdvice(count)).toBe(text);
  });
});

describe('an interrupt', () => {
  test('rejects with its reason; who was in by then was told', async () => {
    const swarm = new FakeSwarm();
    const controller = new AbortController();
    const clock = new FakeClock();
    const stuck = swarm.node('n2', { states: [OUT, pending()] });
    const ends: string[] = [];
    const joining = joinAll(
      [swarm.node('n3'), stuck],
      {
        target: await target(swarm.manager),
        role: 'worker',
        clock,
        signal: controller.signal,
        deadline: Number.POSITIVE_INFINITY,
        force: false,
      },
      (node, use) => use(node),
      {
        onEnd: (node) => {
          ends.push(node.name);
          controller.abort(new Error('interrupted'));
        },
      },
    );
    await expect(joining).rejects.toThrow('interrupted');
    expect(ends).toEqual(['n3']);
  });
});

test('a manager that is not reached keeps no worker out', async () => {
  const swarm = new FakeSwarm();
  const clock = new FakeClock();
  const options = { target: await target(swarm.manager), clock, signal: new AbortController().signal, force: false };
  const joiner = new Joiner<NodeEngine>({ ...options, deadline: clock.now() + 60_000 }, (node, use) => use(node));
  const deaf = swarm.node('n2', { reachableAfter: Number.POSITIVE_INFINITY });
  await expect(joiner.join(deaf, 'manager')).rejects.toThrow('joined as a manager and is not reachable');
  // Its deadline is over with the manager's: that is all that stops it.
  await expect(joiner.join(swarm.node('n3'), 'worker')).rejects.toThrow('not asked to join: timed out');
  await expect(joiner.join(swarm.node('n4'), 'manager')).rejects.toThrow(
    'one more manager would put the quorum at risk',
  );
});

test('nodes whose turn comes after the deadline are not asked', async () => {
  const swarm = new FakeSwarm();
  const nodes = [swarm.node('n2', { states: [pending('dial tcp')] }), swarm.node('n3')];
  const clock = new FakeClock();
  const { ends } = await join(swarm, nodes, { role: 'manager', clock, deadline: clock.now() + 1_000 });
  expect(ends[0]).toMatch(/^n2: error n2 is still trying to join: dial tcp/);
  expect(ends[1]).toBe('n3: error not asked to join: timed out | run the same command again, with a longer --timeout');
  expect(swarm.did).toEqual([]);
});

test('an engine that kept silent when it was asked to join is looked at, and asked again where it knows of none', async () => {
  const swarm = new FakeSwarm();
  const silent = new EngineError('n2', 0, 'its Docker engine does not answer (60 s)', { isLate: true });
  const member = swarm.node('n2');
  const { join: ask } = member.engine;
  let asks = 0;
  member.engine.join = async (request) => {
    if (++asks === 1) throw silent;
    await ask(request);
  };
  expect((await join(swarm, [member])).ends).toEqual(['n2: joined as worker']);
  expect(asks).toBe(2);
});
