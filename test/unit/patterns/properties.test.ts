import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compact, count, expand, naturalCompare, PatternError, parse, print } from '../../../src/patterns/index.ts';

const seeded = { seed: 20160915, numRuns: 300 };

const text = fc.stringMatching(/^[a-z0-9.:-]{1,4}$/);
const number = fc.tuple(fc.nat(40), fc.nat(3)).map(([value, zeros]) => '0'.repeat(zeros) + value);
const range = fc
  .tuple(fc.nat(20), fc.nat(6), fc.nat(2), fc.option(fc.integer({ min: 1, max: 4 })))
  .map(([from, more, zeros, step]) => `${'0'.repeat(zeros)}${from}:${from + more}${step === null ? '' : `:${step}`}`);
const letters = fc
  .tuple(fc.nat(20), fc.nat(5))
  .map(([from, more]) => `${String.fromCharCode(97 + from)}:${String.fromCharCode(97 + from + more)}`);
const bracket = fc
  .oneof(
    fc.array(fc.oneof(number, range), { minLength: 1, maxLength: 3 }),
    fc.array(letters, { minLength: 1, maxLength: 2 }),
  )
  .map((spans) => `[${spans.join(',')}]`);
const { sequence } = fc.letrec<{ sequence: string; braces: string; part: string }>((tie) => ({
  part: fc.oneof({ depthSize: 'small', maxDepth: 2 }, text, bracket, tie('braces')),
  braces: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((choices) => `{${choices.join(',')}}`),
  sequence: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
}));
const word = fc
  .tuple(sequence, fc.array(fc.tuple(fc.boolean(), sequence), { maxLength: 2 }))
  .map(([first, rest]) => [first, ...rest.map(([excluded, one]) => (excluded ? '!' : '') + one)].join(','));

/** The names, or undefined where there are too many: what an independent reader can tell of a word. */
function namesOf(one: string): string[] | undefined {
  try {
    return expand([one]);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

describe('whatever the pattern', () => {
  test('printing what was read means the same', () => {
    fc.assert(
      fc.property(word, (one) => {
        expect(namesOf(print(parse(one)))).toEqual(namesOf(one));
      }),
      seeded,
    );
  });

  test('the count is what an unlimited expansion of distinct parts makes, and the limit is exact', () => {
    const distinct = fc
      .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }))
      .map(([a, b, step]) => `n[1:${a}]-{x,y[1:${b}:${step}]}`);
    fc.assert(
      fc.property(distinct, (one) => {
        const total = count(parse(one));
        expect(expand([one], { limit: total })).toHaveLength(total);
        expect(() => expand([one], { limit: total - 1 })).toThrow(PatternError);
      }),
      seeded,
    );
  });

  test('a word either makes at most 10,000 names or is refused, and never anything else', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'[]{},:!019azA-.* '), maxLength: 30 });
    fc.assert(
      fc.property(noise, (one) => {
        expect(namesOf(one)?.length ?? 0).toBeLessThanOrEqual(10_000);
      }),
      { ...seeded, numRuns: 3_000 },
    );
  });

  test('compact is undone by expand', () => {
    const name = fc.oneof(
      fc.tuple(fc.constantFrom('node', 'web-', 'a1b', ''), number).map(([stem, n]) => stem + n),
      fc.tuple(fc.constantFrom('10.0.0.', 'n'), number, fc.constantFrom(':2375', '-x')).map((parts) => parts.join('')),
      fc.stringMatching(/^[a-z0-9.-]{1,8}$/),
      fc.stringMatching(/^[0-9]{14,18}$/),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), (names) => {
        expect(new Set(expand([compact(names)]))).toEqual(new Set(names));
      }),
      seeded,
    );
  });

  test('naturalCompare is a total order', () => {
    const name = fc.string({ unit: fc.constantFrom(...'0129ab-.'), maxLength: 6 });
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(naturalCompare(a, b))).toBe(-Math.sign(naturalCompare(b, a)) + 0);
        expect(naturalCompare(a, b) === 0).toBe(a === b);
        if (naturalCompare(a, b) <= 0 && naturalCompare(b, c) <= 0) expect(naturalCompare(a, c)).toBeLessThanOrEqual(0);
      }),
      { ...seeded, numRuns: 3_000 },
    );
  });
});

describe('a hostile word costs nothing', () => {
  test.each([
    ['one endless range', '[1:9007199254740991]'],
    ['a product of ranges', '[1:99]'.repeat(333)],
    ['a product of braces', '{a,b}'.repeat(400)],
    ['nested braces', `${'{a,'.repeat(19)}b${'}'.repeat(19)}`.repeat(20)],
    ['open brackets', '['.repeat(2_000)],
    ['open braces', '{a,'.repeat(660)],
    ['commas', 'a,'.repeat(1_000)],
    ['many single parts behind a wide range', `[1:10000]${'{a}'.repeat(660)}`],
    ['wide ranges in nested braces', `${'{'.repeat(19)}[1:10000]${'}'.repeat(19)}${'[7]'.repeat(600)}`],
    ['zeros', `[${'0'.repeat(1_900)}1:10000]`],
    ['digits', `[${'9'.repeat(1_990)}]`],
    ['exclusions', `a${',![1:9999]'.repeat(190)}`],
  ])('%s', (_, hostile) => {
    // The best of three: the machine may be busy with something else.
    const times = [1, 2, 3].map(() => {
      const began = performance.now();
      namesOf(hostile);
      return performance.now() - began;
    });
    expect(Math.min(...times)).toBeLessThan(2_000);
  });
});
