// Where Swarm would do more than hand out new credentials (swarmkit, orchestrator.IsTaskDirty), they wait; and whose they are to be.
import { describe, expect, test } from 'vitest';
import type { ApiService, ApiStackTask } from '../../../src/engine/stack-calls.ts';
import { whyNot } from '../../../src/stack/credentials.ts';
import { planCredentials } from '../../../src/stack/plan-credentials.ts';
import { credentialsFor } from '../../../src/stack/registry-label.ts';

const NOW_MS = Date.parse('2026-11-30T12:00:00Z');
const clock = { now: () => NOW_MS, sleep: async () => {} };

const serviceOf = (
  task: object = {},
  labels: Record<string, string> = {},
  image = 'private.example/web:1',
): ApiService => ({
  ID: 's1',
  Version: { Index: 1 },
  CreatedAt: undefined,
  UpdatedAt: undefined,
  Spec: {
    Name: 'shop_web',
    Labels: labels,
    TaskTemplate: { ContainerSpec: { Image: image }, ...task },
    Mode: { Replicated: { Replicas: 1 } },
  },
});

const taskOf = (state: string, wanted: string, more: Partial<ApiStackTask> = {}): ApiStackTask => ({
  ID: `${state}-${more.CreatedAt ?? ''}`,
  CreatedAt: '2026-11-30T10:00:00Z',
  ServiceID: 's1',
  NodeID: 'n1',
  Slot: 1,
  DesiredState: wanted,
  Status: { State: state, Timestamp: undefined, Message: undefined, Err: undefined },
  ...more,
});

const onFailure = { RestartPolicy: { Condition: 'on-failure' } };
const LATER = '2026-11-30T11:00:00Z';
const constrained = { Placement: { Constraints: ['node.role==worker'] } };

describe('what an update would do besides', () => {
  test.each<[string, ApiService, ApiStackTask[], RegExp | undefined]>([
    ['a service that runs', serviceOf(), [taskOf('running', 'running')], undefined],
    ['one that restarts by itself', serviceOf(), [taskOf('failed', 'shutdown')], undefined],
    ['a one-shot that is done', serviceOf(onFailure), [taskOf('complete', 'shutdown')], /would run it again/],
    [
      'one that is out of attempts',
      serviceOf({ RestartPolicy: { MaxAttempts: 3 } }),
      [taskOf('failed', 'shutdown')],
      /again/,
    ],
    [
      'one whose second attempt runs',
      serviceOf(onFailure),
      [taskOf('failed', 'shutdown'), taskOf('running', 'running', { CreatedAt: LATER })],
      undefined,
    ],
    [
      'one of two slots that is done',
      serviceOf(onFailure),
      [taskOf('running', 'running'), taskOf('complete', 'shutdown', { Slot: 2 })],
      /again/,
    ],
    [
      'another service that is done',
      serviceOf(onFailure),
      [taskOf('complete', 'shutdown', { ServiceID: 's2' })],
      undefined,
    ],
    [
      'a task from before a change of constraints',
      serviceOf(constrained),
      [taskOf('running', 'running', { Spec: { ContainerSpec: undefined, Placement: {} } })],
      /placement changed/,
    ],
    [
      'a task with the same constraints, and platforms',
      serviceOf(constrained),
      [
        taskOf('running', 'running', {
          Spec: { ContainerSpec: undefined, Placement: { ...constrained.Placement, Platforms: [{ OS: 'linux' }] } },
        }),
      ],
      undefined,
    ],
  ])('%s', (_what, service, tasks, why) => {
    if (why === undefined) expect(whyNot(service, tasks)).toBeUndefined();
    else expect(whyNot(service, tasks)).toMatch(why);
  });
});

const HELD = JSON.stringify({ host: 'private.example', user: 'ann', sent: '2026-11-30T10:00:00Z' });

test('credentials of a registry that the image left are taken away, also where it was moved by hand', () => {
  const now = serviceOf({}, { 'belt.registry': HELD }, 'ghcr.io/acme/web:2');
  expect(credentialsFor({ clock }, { image: 'ghcr.io/acme/web:2', credentials: undefined, now })).toEqual({
    auth: {},
    label: undefined,
  });
  const same = serviceOf({}, { 'belt.registry': HELD });
  expect(credentialsFor({ clock }, { image: 'private.example/web:2', credentials: undefined, now: same })).toEqual({
    auth: undefined,
    label: HELD,
  });
});

test.each<[string, Record<string, string>, string, string[]]>([
  ['lacks them', {}, 'private.example/web:1', ['registry credentials']],
  ['has them', { 'belt.registry': HELD }, 'private.example/web:1', []],
  ['has those of another registry', { 'belt.registry': HELD }, 'ghcr.io/acme/web:2', ['registry credentials']],
])('a service that %s', async (_what, labels, image, expected) => {
  const now = serviceOf({}, labels, image);
  const plan = { name: 'web', now, changes: [] as string[] };
  const images = {
    lastingCredentialsFor: async () => ({
      registry: 'x',
      auth: { username: 'ann', password: 'x', serveraddress: 'x' },
      user: 'ann',
      expires: undefined,
    }),
  };
  await planCredentials(images, [plan as never], { tasks: [taskOf('running', 'running')], nowMs: NOW_MS });
  expect(plan.changes).toEqual(expected);
});
