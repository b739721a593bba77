// `belt sh` of a task that was replaced after it was found: the manager may know it a moment before belt does, or after.
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onMany } from '../../src/commands/sh/on-many.ts';
import { onOne } from '../../src/commands/sh/on-one.ts';
import type { ShOptions } from '../../src/commands/sh/options.ts';
import { createContext } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { Secrets } from '../../src/output/mask.ts';
import { withConnections } from '../../src/tasks/connections.ts';
import { findTasks, type Place } from '../../src/tasks/find.ts';
import { readTaskWord } from '../../src/tasks/word.ts';
import { world } from '../support/belt.ts';
import { lines } from '../support/probe.ts';
import { Screen } from '../unit/output/terminal.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node1');
  await w.belt('swarm init node1');
  await w.belt('docker service create --name web --replicas 1 nginx');
});
afterAll(() => w.end());

/** What `belt sh web` does once it has found this place. */
async function shell(
  place: (found: Place) => Place,
  argv: readonly string[] = [],
  options: ShOptions = {},
  many = false,
) {
  const [stdout, stderr] = [new Screen({ terminal: false }), new Screen({ terminal: false })];
  const stdin = new PassThrough();
  stdin.end('hostname\n');
  const edges = { env: w.env, cwd: w.cwd, home: w.home, stdin: stdin as never, stdinIsTerminal: false, stdout, stderr };
  const context = await createContext(
    { ...edges, interrupts: new Interrupts(() => {}, Date.now), secrets: new Secrets([]), clock: w.clock },
    {},
  );
  return withConnections(context, async (connections) => {
    const [found] = (await findTasks(context, connections, readTaskWord('web'))) as [Place];
    const run = many
      ? onMany(context, connections, [place(found), found], { argv, options })
      : onOne(context, connections, place(found), { argv, options });
    const outcome = run.then(
      (code) => ({ code, stdout: stdout.written, stderr: stderr.written }),
      (error: Error) => ({ error: error.message }),
    );
    return await outcome;
  });
}

const GONE = 'f'.repeat(64);

test('goes into the one that took its place, and says so', async () => {
  const outcome = await shell((place) => ({ ...place, container: GONE }));
  // The shell of a simulated container says what it is told.
  expect(outcome).toEqual({
    code: 0,
    stdout: 'hostname\n',
    stderr: 'web.1 is a new task now, on node1\n',
  });
});

test('so does a command, whatever it reads', async () => {
  for (const options of [{}, { input: true }]) {
    expect(await shell((place) => ({ ...place, container: GONE }), ['echo', 'hello'], options)).toEqual({
      code: 0,
      stdout: 'hello\n',
      stderr: 'web.1 is a new task now, on node1\n',
    });
  }
});

test('of several tasks it is told', async () => {
  const gone = (place: Place) => ({ ...place, name: 'web.9', container: GONE });
  expect(await shell(gone, ['echo', 'hello'], {}, true)).toEqual({
    code: 3,
    stdout: 'web.1 | hello\n',
    stderr: lines(
      'web.9 | error: it ended before the command began',
      'web.9 | hint: run the same command again',
      '1 ok, 1 failed: web.9',
    ),
  });
});

test('fails where the slot is no more', async () => {
  const outcome = await shell((place) => ({ ...place, name: 'web.9', container: GONE }));
  expect(outcome).toEqual({ error: 'web.9: it ended' });
});

test('of a container of no task, that is the end', async () => {
  const outcome = await shell(({ task: _, ...place }) => ({ ...place, name: 'node1/cache', container: GONE }));
  expect(outcome).toEqual({ error: 'node1/cache: no such container' });
});
