import { expect, test } from 'vitest';
import type { Context } from '../../../../src/context.ts';
import { nodeReady } from '../../../../src/provision/create/ready.ts';
import { aDroplet, said } from '../../cloud/things.ts';
import { FakeClock } from '../../fake-clock.ts';

test('a node whose host key is not known here is not ready: nothing is known of it', async () => {
  const clock = new FakeClock();
  const context = { clock, fleet: async () => ({ host: async () => ({ hostKeys: [] }) }) } as unknown as Context;
  const phases: string[] = [];
  const waiting = nodeReady(context, aDroplet({ id: 7, name: 'node1', publicAddress: '192.0.2.1' }), {
    deadline: clock.now() + 1_000,
    signal: new AbortController().signal,
    limit: (task) => task(),
    onPhase: (phase) => phases.push(phase),
  });
  expect(await said(waiting)).toBe('it exists, but its host key is not known here\nbelt trust node1');
  expect(phases).toEqual([]);
});
