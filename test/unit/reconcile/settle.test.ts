// What `up` changes through a manager, in which order.
import { expect, test } from 'vitest';
import type { Step } from '../../../src/cluster/steps.ts';
import type { Context } from '../../../src/context.ts';
import { settle } from '../../../src/reconcile/settle.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeSwarm } from '../swarm/fake-swarm.ts';

const change = (
  node: string,
  role?: 'manager' | 'worker',
  about: Partial<Extract<Step, { kind: 'change' }>> = {},
): Step => ({
  kind: 'change',
  node,
  labels: {},
  ...(role && { role }),
  ...about,
});

function at() {
  const swarm = new FakeSwarm();
  const said: string[] = [];
  const out = { tell: (_: string, _fields: object, text: string) => said.push(text), event: () => {}, note: () => {} };
  const context = { clock: new FakeClock(), signal: new AbortController().signal, out } as unknown as Context;
  return { swarm, said, context };
}

test('managers are promoted before others are demoted: the quorum never shrinks first', async () => {
  const { swarm, said, context } = at();
  const { engine } = swarm.manager;
  let promoting = 0;
  const { updateNode } = engine;
  engine.updateNode = async (id, wanted) => {
    if (wanted.role === 'manager') promoting++;
    // Both of them are done when the first one is demoted.
    else if (wanted.role === 'worker') expect(promoting).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (wanted.role === 'manager') promoting--;
    await updateNode(id, wanted);
  };
  const steps = [change('m1', 'worker'), change('w1', 'manager'), change('w2', 'manager'), change('w3')];
  expect(await settle(context, steps, { manager: swarm.manager, idOf: (name) => `id-${name}` })).toEqual([]);
  expect(swarm.did.at(-1)).toBe('m1 update id-m1 {"role":"worker","labels":{}}');
  expect(said.at(-1)).toBe('m1: is a worker now');
  expect(said).toHaveLength(4);
});

test('of a node that did not come in nothing is changed, and what fails is its own failure', async () => {
  const { swarm, said, context } = at();
  const { updateNode } = swarm.manager.engine;
  swarm.manager.engine.updateNode = async (id, wanted) => {
    if (id === 'id-w2') throw new Error('not now');
    await updateNode(id, wanted);
  };
  const steps = [change('w1'), change('w2', undefined, { availability: 'drain' }), change('w3')];
  const idOf = (name: string) => (name === 'w1' ? undefined : `id-${name}`);
  expect(await settle(context, steps, { manager: swarm.manager, idOf })).toMatchObject([
    { name: 'w2', error: { message: 'not now' } },
  ]);
  expect(swarm.did).toEqual(['m1 update id-w3 {"labels":{}}']);
  expect(said).toHaveLength(1);
});

test('an entry that is gone by now needs nothing done', async () => {
  const { swarm, said, context } = at();
  const steps: Step[] = [{ kind: 'forget', entry: 'id-w9', hostname: 'w9' } as Step];
  expect(await settle(context, steps, { manager: swarm.manager, idOf: () => undefined })).toEqual([]);
  expect({ did: swarm.did, said }).toEqual({ did: [], said: [] });
});
