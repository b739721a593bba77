import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { EngineError } from '../../../src/engine/engine.ts';
import type { StackEngine } from '../../../src/engine/stack-calls.ts';
import { removeParts } from '../../../src/stack/remove.ts';

test('what is in use is tried once where nobody waits, and what stays is told', async () => {
  const said: string[] = [];
  const tried: string[] = [];
  const context = {
    clock: { now: () => 0 },
    out: {
      tell: (_: string, __: object, text: string) => said.push(text),
      warn: (text: string) => said.push(text),
    },
  } as unknown as Context;
  const engine = {
    remove: async (_: string, id: string) => {
      tried.push(id);
      if (id === 'n1') throw new EngineError('m1', 400, 'it is in use by task t1');
      return id !== 'c2';
    },
  } as unknown as StackEngine;
  const removals = [
    { kind: 'networks' as const, id: 'n1', name: 'shop_extra' },
    { kind: 'configs' as const, id: 'c1', name: 'shop_old' },
    { kind: 'configs' as const, id: 'c2', name: 'shop_older' },
  ];
  await removeParts(context, engine, removals, { patient: false });
  expect(tried).toEqual(['n1', 'c1', 'c2']);
  expect(said).toEqual([
    'network shop_extra was not removed: m1: it is in use by task t1; the same command later removes it',
    'removed config shop_old',
    'config shop_older was gone already',
  ]);
});
