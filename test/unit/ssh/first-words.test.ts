import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FirstWords } from '../../../src/ssh/first-words.ts';

/** What arrives at once, and what is held. */
async function written(pieces: readonly string[]) {
  const to = new PassThrough();
  const first = new FirstWords(to, ['Error: ', 'oops']);
  for (const piece of pieces) await new Promise((done) => first.write(piece, done));
  const text = () => String(to.read() ?? '');
  return { first, passed: text(), text };
}

test.each([
  [['Error: gone\n'], '', 'Error: gone\n'],
  [['Err', 'or: ', 'gone\n'], '', 'Error: gone\n'],
  [['Err', 'ata\n', 'Error: x'], 'Errata\nError: x', ''],
  [[' Error: x'], ' Error: x', ''],
  [[`Error: ${'x'.repeat(2_000)}`], `Error: ${'x'.repeat(2_000)}`, ''],
])('%j', async (pieces, passed, held) => {
  const { first, ...seen } = await written(pieces);
  expect([seen.passed, first.held]).toEqual([passed, held]);
});

test('nothing is lost, changed or out of order', async () => {
  const text = fc.oneof(fc.constantFrom('Error: ', 'Err', 'oo', 'ps', 'ä\n'), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (pieces) => {
      const { first, passed, text } = await written(pieces);
      first.release();
      expect(passed + text()).toBe(pieces.join(''));
      expect(first.held).toBe('');
    }),
  );
});
