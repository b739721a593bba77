// DigitalOcean stops answering while droplets boot: that is shown, and it is not waited for without an end.
import { expect, test } from 'vitest';
import { Offline } from '../../../../src/cloud/errors.ts';
import type { Context } from '../../../../src/context.ts';
import { messageOf, NodesFailed } from '../../../../src/errors.ts';
import type { Droplet } from '../../../../src/model/droplet.ts';
import { Addresses } from '../../../../src/provision/create/addresses.ts';
import { throwSilence } from '../../../../src/provision/create/report.ts';
import { aDroplet } from '../../cloud/things.ts';
import { FakeClock, settled } from '../../fake-clock.ts';

const node7 = aDroplet({ id: 7 });
const node8 = aDroplet({ id: 8 });
const refused = new Offline('cannot reach DigitalOcean at api: connection refused', { reason: 'connection refused' });

function start() {
  const clock = new FakeClock({ startMs: 0, auto: false });
  const ended = new AbortController();
  const world = { isDown: true, listed: [node7, node8] };
  const droplets = async () => {
    if (world.isDown) throw refused;
    return world.listed;
  };
  const said: string[] = [];
  const addresses = new Addresses({
    context: { clock, signal: ended.signal } as unknown as Context,
    cloud: { droplets, droplet: async () => undefined } as never,
    tag: 'belt-cluster-blue',
    signal: ended.signal,
    deadline: 600_000,
    onTrouble: ({ name }, trouble) => said.push(`${name} ${clock.now() / 1000} s: ${trouble}`),
  });
  const ends: { name: string; error?: unknown }[] = [];
  const follow = (droplet: Droplet) =>
    void addresses
      .with(droplet, async () => {})
      .then(
        () => ends.push({ name: droplet.name }),
        (error) => ends.push({ name: droplet.name, error }),
      );
  follow(node7);
  follow(node8);
  return { clock, world, said, ends, stop: () => ended.abort(new Error('done')) };
}

test('each node that boots shows the trouble from the first poll that failed, and no more once it is over', async () => {
  const { clock, world, said, ends, stop } = start();
  await clock.advance(2_000);
  expect(said).toEqual([
    'node7 2 s: DigitalOcean does not answer: connection refused',
    'node8 2 s: DigitalOcean does not answer: connection refused',
  ]);
  world.isDown = false;
  world.listed = [{ ...node7, publicAddress: '192.0.2.7' }, node8];
  await clock.advance(2_000);
  expect(said.slice(2)).toEqual(['node7 4 s: undefined', 'node8 4 s: undefined']);
  expect(ends).toEqual([{ name: 'node7' }]);
  // The patience begins anew with each answer.
  world.isDown = true;
  await clock.advance(110_000);
  world.isDown = false;
  await clock.advance(8_000);
  world.isDown = true;
  await clock.advance(110_000);
  expect(ends).toHaveLength(1);
  stop();
  await settled();
});

test('after two minutes without an answer it says what was requested, and what to do', async () => {
  const { clock, ends, stop } = start();
  await clock.advance(119_000);
  expect(ends).toEqual([]);
  await clock.advance(1_000);
  expect(ends.map(({ name, error }) => `${name}: ${messageOf(error)}`)).toEqual([
    'node7: its address could not be read in time: DigitalOcean does not answer: connection refused',
    'node8: its address could not be read in time: DigitalOcean does not answer: connection refused',
  ]);
  let thrown: unknown;
  try {
    throwSilence(
      ends.map(({ name, error }) => ({ name, error })),
      'belt up',
    );
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NodesFailed);
  expect(thrown).toMatchObject({
    message:
      'DigitalOcean does not answer: connection refused; node[7:8] were requested and are billed, as far as is known',
    hint: 'when DigitalOcean answers again: belt up',
    exitCode: 3,
  });
  stop();
});
