// The table of what a service and its tasks say together.
import { describe, expect, test } from 'vitest';
import type { ApiService, ApiStackTask } from '../../../src/engine/stack-calls.ts';
import { judge } from '../../../src/stack/judge.ts';
import type { Sight } from '../../../src/stack/verdict.ts';
import { engineService, node, service, task } from './pieces.ts';

type Words = Partial<Omit<Sight, 'service' | 'ageMs'>> & {
  update?: [state: string, message?: string];
  mode?: object;
  policy?: object;
  monitorMs?: number;
  mark?: string;
  /** The spec that Swarm would go back to. */
  before?: boolean;
  placement?: object;
  ageMs?: number | ((task: ApiStackTask) => number);
};

function seen({
  update,
  mode,
  policy,
  monitorMs,
  mark = 'mine',
  before = false,
  placement,
  ageMs = 60_000,
  ...rest
}: Words): ReturnType<typeof judge> {
  const [state, message] = update ?? [];
  const made: ApiService = engineService(service('web'), {
    ...(state !== undefined && { UpdateStatus: { State: state, Message: message } }),
    JobStatus: { JobIteration: { Index: 2 } },
  });
  made.Spec.Labels = { 'belt.deployment': mark };
  if (before) made.PreviousSpec = made.Spec;
  if (mode) made.Spec['Mode'] = mode;
  if (placement) made.Spec.TaskTemplate['Placement'] = placement;
  if (policy) made.Spec.TaskTemplate['RestartPolicy'] = policy;
  if (monitorMs !== undefined) made.Spec['UpdateConfig'] = { Parallelism: 1, Monitor: monitorMs * 1e6 };
  return judge({
    service: made,
    tasks: [],
    nodes: [],
    earlier: new Set(),
    wrote: 'mine',
    calmMs: 60_000,
    ageMs: typeof ageMs === 'number' ? () => ageMs : ageMs,
    ...rest,
  });
}

const WHY = `due to failure or early termination of task ${'a'.repeat(25)}`;
const waits = (why: string) => ({ state: 'waiting', why });
const fails = (why: string) => ({ state: 'failed', why });
const job = { mode: { ReplicatedJob: { TotalCompletions: 1, MaxConcurrent: 1 } } };
const global = { mode: { Global: {} } };
const ofJob = (state: string, more = {}) => task(state, { JobIteration: { Index: 2 }, ...more });

test.each<[string, Words, object]>([
  ['all run and were watched', { tasks: [task('running')] }, { state: 'converged' }],
  ['a completed update', { tasks: [task('running')], update: ['completed'] }, { state: 'converged' }],
  ['all run, since a moment', { tasks: [task('running')], ageMs: 4_000 }, waits('1 running, watching for 5 s')],
  [
    'a longer monitor',
    { tasks: [task('running')], ageMs: 9_000, monitorMs: 10_000 },
    waits('1 running, watching for 10 s'),
  ],
  ['all run, and the update goes on', { tasks: [task('running')], update: ['updating'] }, waits('1 of 1 running')],
  ['one of two', { tasks: [task('running')], mode: { Replicated: { Replicas: 2 } } }, waits('1 of 2 running')],
  ['none is wanted, none is there', { mode: { Replicated: { Replicas: 0 } } }, { state: 'converged' }],
  ['pulling', { tasks: [task('preparing')] }, waits('0 of 1 running, the image is being pulled')],
  ['starting', { tasks: [task('starting')] }, waits('0 of 1 running, starting')],
  [
    'on a node that is down',
    { tasks: [task('running')], nodes: [{ id: 'n1', state: 'down' }] as never },
    waits('0 of 1 running'),
  ],
  [
    'rolled back',
    { mark: 'before', update: ['rollback_completed', 'rollback completed'] },
    { ...fails('the update failed and was rolled back'), rolledBack: true, isStopped: true },
  ],
  [
    'rolled back by hand',
    { mark: 'before', before: true, update: ['rollback_completed', 'rollback completed'] },
    { ...fails('somebody rolled it back in the meantime'), rolledBack: true, isStopped: false },
  ],
  [
    'a rollback by hand that fails',
    { mark: 'before', before: true, update: ['rollback_paused', `rollback paused ${WHY}`] },
    { ...fails('somebody rolled it back in the meantime, and the rollback failed'), rolledBack: false },
  ],
  ['being rolled back', { mark: 'before', update: ['rollback_started'] }, waits('is being rolled back')],
  [
    'the rollback failed too',
    { mark: 'before', update: ['rollback_paused'] },
    { ...fails('the update failed, and so did the rollback'), rolledBack: false },
  ],
  ['somebody else', { mark: 'theirs', tasks: [task('running')] }, fails('somebody else changed it in the meantime')],
  [
    'paused',
    { update: ['paused', `update paused ${WHY}`] },
    { ...fails(`its update is paused: update paused ${WHY}`), isStopped: true },
  ],
  [
    'a rollback of this run that is paused',
    { update: ['rollback_paused', `rollback paused ${WHY}`] },
    fails(`its rollback is paused: rollback paused ${WHY}`),
  ],
  [
    'no room, yet',
    { tasks: [task('pending', { err: 'no suitable node (x)' })], ageMs: 14_000 },
    waits('0 of 1 running, waiting to start'),
  ],
  [
    'no room',
    { tasks: [task('pending', { err: 'no suitable node (x)' })], update: ['updating'] },
    fails('no suitable node (x)'),
  ],
  [
    'no room, as a leader sees it that is new',
    { tasks: [task('pending', { err: 'no suitable node (x)' })], update: ['updating'], calmMs: 14_000 },
    waits('0 of 1 running, waiting to start'),
  ],
  ['rejected once', { tasks: [task('rejected', { err: 'No such image: x' })] }, waits('0 of 1 running')],
  [
    'rejected twice',
    { tasks: [task('rejected', { err: 'No such image: x' }), task('rejected', { err: 'No such image: x' })] },
    fails('No such image: x'),
  ],
  [
    'rejected for two reasons',
    { tasks: [task('rejected', { err: 'a' }), task('rejected', { err: 'b' })] },
    waits('0 of 1 running'),
  ],
  [
    'a crash loop, between two crashes',
    {
      tasks: [
        task('failed', { err: 'exit 1' }),
        task('failed', { err: 'exit 1' }),
        task('failed', { err: 'exit 1' }),
        task('running'),
      ],
      ageMs: 1_000,
    },
    fails('it failed 3 times: exit 1'),
  ],
  [
    'crashes that are history',
    { tasks: [task('failed'), task('failed'), task('failed'), task('running')] },
    { state: 'converged' },
  ],
  [
    'failed, and nothing starts it again',
    { tasks: [task('failed', { err: 'exit 1' })], policy: { Condition: 'none' } },
    fails('it failed and is not started again: exit 1'),
  ],
  [
    'failed, and is started again',
    { tasks: [task('failed')], policy: { Condition: 'on-failure', MaxAttempts: 2 }, ageMs: 9_000 },
    waits('0 of 1 running'),
  ],
  [
    'failed more often than Swarm keeps tasks of',
    {
      tasks: [...Array(5)].map(() => task('failed', { err: 'exit 1' })),
      policy: { Condition: 'on-failure', MaxAttempts: 9 },
      earlier: { has: () => true } as never,
      ageMs: 10_000,
    },
    fails('it failed and is not started again: exit 1'),
  ],
  [
    'failed before, and the next one is about to start',
    {
      tasks: [task('failed'), task('ready')],
      policy: { Condition: 'on-failure', MaxAttempts: 9 },
      earlier: { has: () => true } as never,
    },
    waits('0 of 1 running, waiting to start'),
  ],
  [
    'global, of which one was given up a moment ago',
    {
      ...global,
      policy: { MaxAttempts: 9 },
      tasks: [task('running', { Slot: 0 }), task('failed', { Slot: 0, NodeID: 'n2' })],
      nodes: [node('n1'), node('n2')],
      ageMs: ({ NodeID }) => (NodeID === 'n1' ? 60_000 : 5_000),
    },
    waits('1 of 2 running'),
  ],
  [
    'global, of which one failed as its node was drained',
    {
      ...global,
      policy: { MaxAttempts: 9 },
      tasks: [task('running', { Slot: 0 }), task('failed', { Slot: 0, NodeID: 'n2' })],
      nodes: [node('n1'), node('n2', { availability: 'drain' })],
    },
    { state: 'converged' },
  ],
  [
    'failed too often',
    { tasks: [task('failed'), task('failed')], policy: { Condition: 'on-failure', MaxAttempts: 1 } },
    fails('it failed and is not started again'),
  ],
  ['ran once', { tasks: [task('complete')], policy: { Condition: 'on-failure' } }, { state: 'done' }],
  ['ends and is started again', { tasks: [task('complete'), task('complete')] }, waits('0 of 1 running')],
  [
    'global on all',
    { ...global, tasks: [task('running', { Slot: 0 }), task('running', { Slot: 0, NodeID: 'n2' })] },
    { state: 'converged' },
  ],
  [
    'global on one of two',
    { ...global, tasks: [task('running', { Slot: 0 }), task('preparing', { Slot: 0, NodeID: 'n2' })] },
    waits('1 of 2 running, the image is being pulled'),
  ],
  [
    'global on one of two nodes, where Swarm has not come to the other',
    { ...global, tasks: [task('running', { Slot: 0 })], nodes: [node('n1'), node('n2')] },
    waits('1 of 2 running'),
  ],
  [
    'global on all that it may be on',
    {
      ...global,
      placement: { Constraints: ['node.role == worker'], Platforms: [{ OS: 'linux', Architecture: 'amd64' }] },
      tasks: [task('running', { Slot: 0 })],
      nodes: [
        node('n1'),
        node('n2', { role: 'manager' }),
        node('n3', { availability: 'drain' }),
        node('n4', { availability: 'pause' }),
        node('n5', { state: 'down' }),
        node('n6', { platform: { os: 'linux', architecture: 'aarch64' } }),
      ],
    },
    { state: 'converged' },
  ],
  [
    'global under a constraint that belt does not know',
    {
      ...global,
      placement: { Constraints: ['node.ip == 10.0.0.1'] },
      tasks: [task('running', { Slot: 0 })],
      nodes: [node('n1'), node('n2')],
    },
    { state: 'converged' },
  ],
  [
    'global that ran once on one of two',
    {
      ...global,
      policy: { Condition: 'on-failure' },
      tasks: [task('complete', { Slot: 0 })],
      nodes: [node('n1'), node('n2')],
    },
    waits('1 of 2 running'),
  ],
  [
    'global that ran once on all',
    { ...global, policy: { Condition: 'on-failure' }, tasks: [task('complete', { Slot: 0 })], nodes: [node('n1')] },
    { state: 'done' },
  ],
  ['global on none, yet', { ...global, calmMs: 9_000 }, waits('no task yet')],
  ['global on none', global, fails('no node matches what the service asks for (constraints, availability, platform)')],
  ['a job that is done', { ...job, tasks: [ofJob('complete')] }, { state: 'done' }],
  [
    'a job that was done before',
    { ...job, tasks: [task('complete', { JobIteration: { Index: 1 } })] },
    waits('0 of 1 complete'),
  ],
  [
    'a job that failed',
    { ...job, policy: { Condition: 'none' }, tasks: [ofJob('failed', { err: 'exit 3' })] },
    fails('it failed and is not started again: exit 3'),
  ],
  ['a job that is under way', { ...job, tasks: [ofJob('running')] }, waits('0 of 1 complete')],
  [
    'a job on every node',
    { mode: { GlobalJob: {} }, tasks: [ofJob('complete', { Slot: 0 }), ofJob('running', { Slot: 0, NodeID: 'n2' })] },
    waits('1 of 2 complete'),
  ],
  [
    'a job on one of two nodes',
    {
      mode: { GlobalJob: {} },
      tasks: [ofJob('complete', { Slot: 0 })],
      nodes: [node('n1'), node('n2')],
    },
    waits('1 of 2 complete'),
  ],
  [
    'a job on no node',
    { mode: { GlobalJob: {} } },
    fails('no node matches what the job asks for (constraints, availability, platform)'),
  ],
])('%s', (_, words, verdict) => {
  expect(seen(words)).toMatchObject(verdict);
});

test('a program that ends again and again is told apart from one that fails', () => {
  const tasks = [task('complete'), task('complete'), task('complete')];
  expect(seen({ tasks })).toMatchObject({ state: 'failed', why: expect.stringContaining('ends again and again') });
});

const after = (...states: string[]) => {
  const crashes = [...Array(4)].map(() => task('failed', { err: 'exit 1' }));
  const rejections = [...Array(2)].map(() => task('rejected', { err: 'No such image: x' }));
  const ends = [...Array(3)].map(() => task('complete'));
  const old = [...crashes, ...rejections, ...ends];
  return {
    tasks: [...old, ...states.map((state) => task(state, { err: 'exit 2' }))],
    earlier: new Set(old.map(({ ID }) => ID)),
  };
};

test.each<[string, Words, object]>([
  ['is waited for while it starts', after('starting'), waits('0 of 1 running, starting')],
  ['is good once it runs', after('running'), { state: 'converged' }],
  ['has failed when it fails as often again', after('failed', 'failed', 'failed'), fails('it failed 3 times: exit 2')],
  ['is not good yet after two more', after('failed', 'failed', 'starting'), waits('0 of 1 running, starting')],
  ['has failed when its image is missing again', after('rejected', 'rejected'), fails('exit 2')],
])('what failed before the run began %s', (_what, words, verdict) => {
  expect(seen({ ageMs: 5_000, ...words })).toMatchObject(verdict);
});

test('what failed before the run began and is not started again is told at once', () => {
  const failed = task('failed', { err: 'exit 1' });
  const words = { tasks: [failed], earlier: new Set([failed.ID]), policy: { Condition: 'none' } };
  expect(seen(words)).toMatchObject(fails('it failed and is not started again: exit 1'));
});

describe('of what it waits for it names the task', () => {
  const container = (ContainerID: string) => ({ State: 'starting', ContainerStatus: { ContainerID } });
  const two = { mode: { Replicated: { Replicas: 2 } } };
  test('that does not run', () => {
    const late = task('starting', { Status: container('c1') });
    expect(seen({ ...two, tasks: [task('running', { Slot: 2 }), late] })).toMatchObject({ task: late });
  });

  test('that failed, where the next one has not begun', () => {
    const failed = task('failed', { err: 'exit 1' });
    expect(seen({ tasks: [failed, task('ready')] })).toMatchObject({ state: 'waiting', task: failed });
  });

  test('but none that failed before the run began', () => {
    const [failed, next] = [task('failed', { err: 'exit 1' }), task('ready')];
    expect(seen({ tasks: [failed, next], earlier: new Set([failed.ID]) })).toMatchObject({ task: next });
  });

  test('of a job, too', () => {
    const late = ofJob('starting', { Status: container('c1') });
    expect(seen({ ...job, tasks: [late] })).toMatchObject({ state: 'waiting', task: late });
  });
});

test('what this run left alone is judged whatever its mark is', () => {
  expect(seen({ wrote: undefined, mark: 'theirs', tasks: [task('running')] })).toEqual({ state: 'converged' });
});

test.each<[string, Words, object]>([
  ['that runs', { forced: 0, tasks: [task('running')] }, { state: 'converged' }],
  ['that Swarm rolled back', { forced: 1, update: ['rollback_completed'] }, { state: 'failed', rolledBack: true }],
  ['that somebody overtook', { forced: 1 }, fails('somebody else changed it in the meantime')],
])('a restart %s', (_what, words, verdict) => {
  expect(seen({ wrote: undefined, ...words })).toMatchObject(verdict);
});
