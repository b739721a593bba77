import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { expand, PatternError } from '../../../src/patterns/index.ts';

/** What the user sees: the message, the word, the caret, and what to do. */
function shown(...words: string[]): string {
  try {
    return expand(words).join(' ');
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return [error.message, ...error.lines, ...(error.hint === undefined ? [] : [error.hint])].join('\n');
  }
}

const lines = (...all: string[]) => all.join('\n');

describe('a pattern that cannot be read says where and how to mend it', () => {
  test('it is an error of usage', () => {
    expect(() => expand(['node['])).toThrow(UsageError);
  });

  test.each([
    ['node[4:1]', 'the range 4:1 runs backwards', '     ^', 'write node[1:4]'],
    ['a,n[9:1:2]', 'the range 9:1:2 runs backwards', '    ^', 'write a,n[1:9:2]'],
    ['n[c:a]', 'the range c:a runs backwards', '  ^', 'write n[a:c]'],
    ['n[1,4:3]', 'the range 4:3 runs backwards', '    ^', 'write n[1,3:4]'],
    ['n[a:C]', 'the range a:C mixes lowercase and uppercase letters', '  ^', 'write n[a:c]'],
    ['n[A:c]', 'the range A:c mixes lowercase and uppercase letters', '  ^', 'write n[A:C]'],
    ['n[z:Z]', 'the range z:Z mixes lowercase and uppercase letters', '  ^', 'write n[z:z]'],
    ['n[]', 'the brackets are empty', ' ^', 'write a range in them, as in [1:4]'],
    ['n{}', 'the braces are empty', ' ^', 'write words in them, as in {web,db}'],
    ['n{a,}', 'an item in the braces is empty', '    ^', 'remove a comma'],
    ['n{,a}', 'an item in the braces is empty', '  ^', 'remove a comma'],
    ['n[1,,2]', 'an item in the brackets is empty', '    ^', 'remove a comma'],
    ['n[1:4', '"[" is never closed', ' ^', 'close it with "]"'],
    ['n[1,web[2]', '"[" is never closed', ' ^', 'close it with "]"'],
    ['{a,b', '"{" is never closed', '^', 'close it with "}"'],
    ['{a', '"{" is never closed', '^', 'close it with "}"'],
    ['{', '"{" is never closed', '^', 'close it with "}"'],
    ['n4]', '"]" has no "[" before it', '  ^', 'remove it, or open it with "["'],
    ['n4}', '"}" has no "{" before it', '  ^', 'remove it, or open it with "{"'],
    [
      'n[{1,2}]',
      '"{" is not allowed between [ and ]',
      '  ^',
      'put the brackets inside the braces, as in {web[1:2],db}',
    ],
    ['n[1:9:0]', 'the step of 1:9:0 must be 1 or more', '      ^', 'write n[1:9]'],
    ['n[1:9:-12]', 'the step of 1:9:-12 must be 1 or more', '      ^', 'write n[1:9:12]'],
    ['n[1:9:-2]', 'the step of 1:9:-2 must be 1 or more', '      ^', 'write n[1:9:2]'],
    ['n[1:c]', '1:c mixes letters and digits in one bracket', '  ^', 'write a list of words in braces, as in {1,a}'],
    ['n[1,c]', 'c mixes letters and digits in one bracket', '    ^', 'write a list of words in braces, as in {1,a}'],
    ['n[1-4]', '"1-4" is not a number, a letter or a range', '  ^', 'write n[1:4]'],
    ['n[1..4]', '"1..4" is not a number, a letter or a range', '  ^', 'write n[1:4]'],
    ['n[10...40]', '"10...40" is not a number, a letter or a range', '  ^', 'write n[10:40]'],
    ['n[a-f]', '"a-f" is not a number, a letter or a range', '  ^', 'write n[a:f]'],
    ...[
      'web',
      '1:4:2:3',
      '1:',
      '1:web',
      'web:4',
      '1:4:x',
      '1:4:2x',
      '1:4:',
      '1-4-7',
      '1-web',
      'web-4',
      '1-b',
      '-1-4',
    ].map((text) => [
      `n[${text}]`,
      `"${text}" is not a number, a letter or a range`,
      '  ^',
      'write a range as FROM:TO or FROM:TO:STEP, as in [1:4], and a list of words in braces, as in {web,db}',
    ]),
    ['a,,b', 'a name is missing next to the comma', '  ^', 'remove the comma'],
    ['a,', 'a name is missing next to the comma', ' ^', 'remove the comma'],
    [',a', 'a name is missing next to the comma', '^', 'remove the comma'],
    ['a,!', '"!" has no name after it', '  ^', 'write the name to exclude after it, as in !node3'],
    ['a, b', 'names cannot contain spaces', '  ^', 'separate patterns with a comma, or pass each as its own argument'],
    [
      '!node3',
      'there is nothing before it to exclude names from',
      '^',
      `put it after the names to choose from, as in 'node[1:4],!node3'`,
    ],
    ['n[1:999999999]', 'that makes 999,999,999 names; the limit is 10,000', ' ^', 'write a smaller range'],
    ['n[1:5000],m[1:5001]', 'that makes 10,001 names; the limit is 10,000', '           ^', 'write a smaller range'],
    ['[1:101]-[1:100]', 'that makes 10,100 names; the limit is 10,000', '^', 'write a smaller range'],
    ['a,![1:10001]', 'that makes 10,001 names; the limit is 10,000', '   ^', 'write a smaller range'],
  ])('%s', (word, reason, caret, hint) => {
    expect(shown(word)).toBe(lines(`"${word}": ${reason}`, `  ${word}`, `  ${caret}`, hint));
  });

  test('an empty word', () => {
    expect(shown('')).toBe(lines(`'': a name cannot be empty`, `  ''`, '  ^', 'write a name'));
  });

  test('a number beyond counting, and braces beyond sense', () => {
    expect(shown(`n[${'9'.repeat(30)}]`)).toContain('99999999999999999999… is too large a number');
    expect(shown(`n[${'9'.repeat(20)}]`)).toContain('99999999999999999999 is too large a number');
    expect(shown(`n[1:9:${'9'.repeat(20)}]`)).toBe(
      lines(
        '"n[1:9:99999999999999999999]": 99999999999999999999 is too large a number',
        '  n[1:9:99999999999999999999]',
        '        ^',
      ),
    );
    expect(shown('[1:999999999][1:999999999]')).toContain('that makes over 10^15 names');
    expect(shown(`${'{'.repeat(20)}a${'}'.repeat(20)}`)).toBe('a');
    expect(shown(`${'{'.repeat(21)}a${'}'.repeat(21)}`)).toContain('braces are nested deeper than 20');
    expect(shown('{'.repeat(1_000_000))).toContain('braces are nested deeper than 20');
  });

  test('an escape sequence in a word does not reach the terminal', () => {
    expect(shown('n\u001b[31m')).toBe(
      lines(
        '"n?[31m": names cannot contain control characters',
        '  n?[31m',
        '   ^',
        'separate patterns with a comma, or pass each as its own argument',
      ),
    );
  });

  test('a long word is cut around the fault', () => {
    const [word, caret] = expandError(`${'a'.repeat(300)}[4:1]${'b'.repeat(300)}`).lines;
    expect(word).toMatch(/^ {2}…a{49}\[4:1\]b+…$/);
    expect(word![caret!.indexOf('^')]).toBe('4');
  });

  test('a word of one line is shown whole, and the message has its first 60 letters', () => {
    const { lines: hundred, message } = expandError(`${'a'.repeat(95)}[4:1]`);
    expect(hundred[0]).toBe(`  ${'a'.repeat(95)}[4:1]`);
    expect(message).toBe(`"${'a'.repeat(59)}…": the range 4:1 runs backwards`);
    expect(expandError(`${'a'.repeat(55)}[4:1]`).message).toMatch(/^"a{55}\[4:1\]"/);
  });

  test('the hint writes a word of 60 letters again, of a longer one the brackets', () => {
    expect(expandError(`${'a'.repeat(55)}[4:1]`).hint).toBe(`write ${'a'.repeat(55)}[1:4]`);
    expect(expandError(`${'a'.repeat(56)}[4:1]`).hint).toBe('write [1:4]');
  });
});

function expandError(word: string): PatternError {
  try {
    expand([word]);
  } catch (error) {
    if (error instanceof PatternError) return error;
  }
  throw new Error('no PatternError');
}
