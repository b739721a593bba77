// Waiting for services, on a manager that plays one picture after the other.
import { describe, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { ApiService, ApiStackTask, StackEngine } from '../../../src/engine/stack-calls.ts';
import { causeLines } from '../../../src/stack/causes.ts';
import { settle } from '../../../src/stack/settle.ts';
import { FakeClock } from '../fake-clock.ts';
import { engineService, node, service, task } from './pieces.ts';

interface Picture {
  /** Of the service's spec; this run's is `mine`. */
  mark?: string;
  status?: [state: string, message: string];
  /** It can be gone forward to again. */
  previous?: boolean;
  /** Those as the service is now. */
  tasks: ApiStackTask[];
}

interface Played {
  pictures: Picture[];
  /** All there are in the end, of any spec. */
  all: ApiStackTask[];
  earlier?: ApiStackTask[];
  timeoutS?: number;
}

const ran = { ContainerID: 'c1', ExitCode: 0 };

async function failing({ pictures, all, earlier = [], timeoutS = 60 }: Played): Promise<string[]> {
  const clock = new FakeClock();
  let n = 0;
  const engine = {
    services: async (): Promise<ApiService[]> => {
      const { mark = 'mine', status, previous = false } = pictures[Math.min(n, pictures.length - 1)]!;
      const { Spec, ...rest } = engineService(service('web'));
      return [
        {
          ...rest,
          Spec: { ...Spec, Labels: { 'belt.deployment': mark } },
          ...(previous && { PreviousSpec: Spec }),
          ...(status && { UpdateStatus: { State: status[0], Message: status[1] } }),
        },
      ];
    },
    tasks: async (_: unknown, { upToDate = false } = {}) =>
      upToDate ? pictures[Math.min(n++, pictures.length - 1)]!.tasks : all,
    nodes: async () => [node('n1', { address: '10.0.0.9' })],
    logs: async (id: string) => [`log of ${all.findIndex(({ ID }) => ID === id)}`],
    health: async () => undefined,
  } as unknown as StackEngine;
  const context = {
    clock,
    signal: new AbortController().signal,
    out: { live: false, quiet: false, tell: () => {} },
    fleet: async () => ({ select: async () => [] }),
  } as unknown as Context;
  const causes = await settle(context, engine, {
    of: { stack: 'shop' },
    services: [{ name: 'web', fullName: 'shop_web', wrote: 'mine' }],
    earlier: new Set(earlier.map(({ ID }) => ID)),
    timeoutS,
  });
  return causes.flatMap(causeLines);
}

const ended = (state: string, err: string | undefined, createdAt: string): ApiStackTask =>
  task(state, { CreatedAt: createdAt, Status: { State: state, ...(err && { Err: err }), ContainerStatus: ran } });

describe('an update that was rolled back', () => {
  const old = ended('failed', 'an older error', '2026-01-01T00:00:00Z');
  const starting = ended('starting', undefined, '2026-01-02T00:00:00Z');
  /** Its health check failed, and the program ended well when it was told to. */
  const unhealthy: ApiStackTask = {
    ...starting,
    DesiredState: 'shutdown',
    Status: { State: 'complete', ContainerStatus: ran },
  };
  const again = ended('failed', 'fails after the rollback', '2026-01-03T00:00:00Z');
  const why = `due to failure or early termination of task ${starting.ID}`;
  const before = { mark: 'before', tasks: [old] };

  test('shows the task that Swarm named before its last word, although it ended without an error', async () => {
    const pictures: Picture[] = [
      { status: ['updating', 'update in progress'], tasks: [starting] },
      { ...before, status: ['rollback_started', `update rolled back ${why}`] },
      { ...before, status: ['rollback_completed', 'rollback completed'] },
    ];
    expect(await failing({ pictures, all: [old, unhealthy, again], earlier: [old] })).toEqual([
      '  web: the update failed and was rolled back',
      '    its last lines on n1:',
      '      log of 1',
    ]);
  });

  test('shows that task, and not the one that the rollback failed with', async () => {
    const pictures: Picture[] = [
      { ...before, status: ['rollback_started', `update rolled back ${why}`] },
      { ...before, status: ['rollback_paused', `rollback paused ${why.replace(starting.ID, again.ID)}`] },
    ];
    expect(await failing({ pictures, all: [old, unhealthy, again], earlier: [old] })).toEqual([
      '  web: the update failed, and so did the rollback',
      '    its last lines on n1:',
      '      log of 1',
    ]);
  });

  test('where Swarm has forgotten that task, what was last seen of it is shown', async () => {
    const failed = { ...starting, Status: { State: 'failed', Err: 'no disk' } };
    const pictures: Picture[] = [
      { status: ['updating', 'update in progress'], tasks: [failed] },
      { ...before, status: ['rollback_started', `update rolled back ${why}`] },
      { ...before, status: ['rollback_completed', 'rollback completed'] },
    ];
    expect(await failing({ pictures, all: [old], earlier: [old] })).toEqual([
      '  web: the update failed and was rolled back',
      '    the task on n1: no disk',
    ]);
  });

  test.each<[string, ApiStackTask[], string[]]>([
    ['no older task', [old], []],
    [
      'one that failed since',
      [old, unhealthy, again],
      ['    the task on n1: fails after the rollback', '    its last lines on n1:', '      log of 2'],
    ],
    ['one that ended without an error', [old, unhealthy], ['    its last lines on n1:', '      log of 1']],
  ])('so fast that nobody saw which task: shows %s', async (_, all, lines) => {
    const pictures: Picture[] = [{ ...before, status: ['rollback_completed', 'rollback completed'] }];
    expect(await failing({ pictures, all, earlier: [old] })).toEqual([
      '  web: the update failed and was rolled back',
      ...lines,
    ]);
  });

  test('by hand is told so, and blames no task', async () => {
    const pictures: Picture[] = [
      { ...before, previous: true, status: ['rollback_started', 'manually requested rollback'] },
      { ...before, previous: true, status: ['rollback_completed', 'rollback completed'] },
    ];
    expect(await failing({ pictures, all: [old, again], earlier: [old] })).toEqual([
      '  web: somebody rolled it back in the meantime',
    ]);
  });

  test('or overtaken blames no task', async () => {
    expect(await failing({ pictures: [{ mark: 'theirs', tasks: [] }], all: [old, again] })).toEqual([
      '  web: somebody else changed it in the meantime',
    ]);
  });
});

test('a timeout shows the task that is waited for', async () => {
  const late = ended('starting', undefined, '2026-01-02T00:00:00Z');
  expect(await failing({ pictures: [{ tasks: [late] }], all: [late], timeoutS: 7 })).toEqual([
    '  web: not done after 7 s: 0 of 1 running, starting',
    '    its last lines on n1:',
    '      log of 0',
  ]);
});
