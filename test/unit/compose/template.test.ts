import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolate } from '../../../src/compose/template.ts';

const ENVIRONMENT: Readonly<Record<string, string>> = { A: 'a', B: 'b$x', EMPTY: '', A1_: 'one' };
const lookup = (name: string) => (Object.hasOwn(ENVIRONMENT, name) ? ENVIRONMENT[name] : undefined);
const fine = { unset: [], missing: [], wrong: [] };

describe('interpolate', () => {
  test.each([
    ['plain', 'plain'],
    ['$A-${A}$A1_', 'a-aone'],
    ['$$A $$$A', '$A $a'],
    ['$B', 'b$x'],
    ['${U:-d} ${U-d} ${EMPTY:-d} ${EMPTY-d} ${A:-d}', 'd d d  a'],
    ['${A:+x} ${U:+x} ${EMPTY:+x} ${EMPTY+x} ${U+x}', 'x   x '],
    ['${A:?no} ${EMPTY?no}', 'a '],
    ['${U:-${A}}', 'a'],
    ['${U:-$A}', 'a'],
    ['${U:-${V:-${A}/x}}', 'a/x'],
    ['${A:+${B}}', 'b$x'],
    ['${U-a:-b}', 'a:-b'],
    ['${U:-$$}', '$'],
    ['${U:-}', ''],
    ['${U:-a}b}', 'ab}'],
    ['${A:-${U}}', 'a'],
    ['${U:-{"x":1}', '{"x":1'],
  ])('%s', (text, expected) => {
    expect(interpolate(text, lookup)).toEqual({ text: expected, ...fine });
  });

  test.each([
    ['$U', ['U']],
    ['${U}/${V}', ['U', 'V']],
    ['${W:-$U}', ['U']],
    ['${A:+$U}', ['U']],
  ])('%s has variables that are not set', (text, unset) => {
    expect(interpolate(text, lookup)).toMatchObject({ unset, missing: [], wrong: [] });
  });

  test('the reason of a required variable is a text with variables', () => {
    expect(interpolate('${U:?set it to $A}', lookup).missing).toEqual([{ name: 'U', why: 'set it to a' }]);
    expect(interpolate('${EMPTY:?empty}${U?}', lookup).missing).toEqual([
      { name: 'EMPTY', why: 'empty' },
      { name: 'U', why: '' },
    ]);
  });

  test.each([
    ['a$', [1]],
    ['$1', [0]],
    ['$(x) $', [0, 5]],
    ['${ A }', [0]],
    ['${A', [0]],
    ['${A!x}', [0]],
    ['$2y$05$abc', [0, 3]],
  ])('%s has dollar signs that begin nothing', (text, wrong) => {
    expect(interpolate(text, lookup).wrong).toEqual(wrong);
  });
});

/** A text by its parts, and what it should become: the grammar the other way round. */
type Part = { written: string; value: string };
const name = fc.constantFrom('A', 'B', 'EMPTY', 'A1_', 'UNSET', '_x9');
const literal = fc
  .array(fc.constantFrom('a', ' ', '-', ':', '?', '+', '{', '0', 'é', '\n', '"'), { maxLength: 5 })
  .map((letters): Part => ({ written: letters.join(''), value: letters.join('') }));
const dollar = fc.constant<Part>({ written: '$$', value: '$' });

const withOperand = (inner: fc.Arbitrary<Part[]>) =>
  fc.tuple(name, fc.constantFrom(':-', '-', ':+', '+'), inner).map(([variable, operator, parts]): Part => {
    const written = parts.map((part) => part.written).join('');
    const operand = parts.map((part) => part.value).join('');
    const value = lookup(variable);
    const isThere = value !== undefined && (value !== '' || !operator.startsWith(':'));
    const result = operator.endsWith('+') ? (isThere ? operand : '') : isThere ? value : operand;
    return { written: `\${${variable}${operator}${written}}`, value: result };
  });

const set = fc.constantFrom('A', 'B', 'EMPTY', 'A1_').map(
  (variable): Part => ({
    written: `\${${variable}}`,
    value: ENVIRONMENT[variable]!,
  }),
);

const { parts } = fc.letrec<{ parts: Part[]; part: Part }>((tie) => ({
  parts: fc.array(tie('part'), { maxLength: 4 }),
  part: fc.oneof({ depthSize: 'small' }, literal, dollar, set, withOperand(tie('parts'))),
}));

test('a text of parts becomes the values of its parts', () => {
  fc.assert(
    fc.property(parts, (all) => {
      const found = interpolate(all.map(({ written }) => written).join(''), lookup);
      expect(found.text).toBe(all.map(({ value }) => value).join(''));
      expect(found.wrong).toEqual([]);
    }),
    { seed: 42, numRuns: 500 },
  );
});

test('what is doubled comes back as it was, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '1', ' ') }), (text) => {
      const doubled = text.replaceAll('$', '$$$$');
      expect(interpolate(doubled, lookup)).toEqual({ text, ...fine });
    }),
    { seed: 7, numRuns: 500 },
  );
});

test('any text at all ends, and only dollar signs that begin nothing are wrong', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', 'U', ':', '-', '?', '+', '1') }), (text) => {
      for (const at of interpolate(text, lookup).wrong) expect(text[at]).toBe('$');
    }),
    { seed: 3, numRuns: 1000 },
  );
});
