import { expect, test } from 'vitest';
import { agreed } from '../../src/agree.ts';
import type { Context } from '../../src/context.ts';

const ask = (answer: boolean, { interactive = true, yes = false } = {}) =>
  agreed(
    { interactive } as Context,
    { yes, asks: 'up asks before it changes anything', hint: 'add --yes if you are sure' },
    async () => answer,
  );

test('a yes goes on, be it an answer or a word', async () => {
  await expect(ask(true)).resolves.toBeUndefined();
  await expect(ask(false, { yes: true })).resolves.toBeUndefined();
});

test('a no ends the command', async () => {
  await expect(ask(false)).rejects.toMatchObject({ message: 'nothing was changed', exitCode: 1 });
});

test('where nobody can answer, it says how to go on', async () => {
  await expect(ask(true, { interactive: false })).rejects.toMatchObject({
    message: 'up asks before it changes anything, but there is no terminal to ask on',
    hint: 'add --yes if you are sure',
    exitCode: 2,
  });
});
