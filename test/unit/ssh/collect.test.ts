import { describe, expect, test } from 'vitest';
import { Collector } from '../../../src/ssh/collect.ts';

function collect(most: number, room: number, ...pieces: string[]) {
  const left = { left: room };
  const stream = new Collector(most, left);
  for (const piece of pieces) stream.write(piece);
  return { text: stream.take(), truncated: stream.truncated, left: left.left };
}

describe('what is kept', () => {
  test.each<[string, Parameters<typeof collect>, string, boolean]>([
    ['all that fits', [5, 9, 'ab', 'cde'], 'abcde', false],
    ['nothing', [5, 9], '', false],
    ['the beginning', [5, 9, 'abc', 'def', 'g'], 'abcde', true],
    ['what there is room for', [5, 3, 'ab', 'cde'], 'abc', true],
    ['no half of a character', [4, 9, 'abcé'], 'abc', true],
    ['nothing behind a gap', [4, 9, 'abcdef', 'g'], 'abcd', true],
  ])('%s', (_what, given, text, truncated) => {
    expect(collect(...given)).toEqual({ text, truncated, left: given[1] });
  });

  test('a stream without an end fills no memory', () => {
    const stream = new Collector(1_000, { left: 10_000 });
    const chunk = Buffer.alloc(65_536);
    for (let n = 0; n < 1_000; n++) stream.write(chunk);
    expect(stream.take()).toHaveLength(1_000);
  });
});
