// That the README and the commands agree: each command is in it, and each line of its sessions is one that belt understands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { find } from '../../../src/cli/find.ts';
import { parse } from '../../../src/cli/parse.ts';
import { COMMANDS } from '../../../src/commands/index.ts';

const README = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

/** The lines that are typed in its sessions, as far as they call belt, each without `belt`. */
const TYPED = [...README.matchAll(/^```console\n([\s\S]*?)^```/gm)]
  .flatMap(([, session]) => session!.split('\n'))
  .filter((line) => /^[$#] /.test(line))
  .flatMap((line) => [
    ...line
      .slice(2)
      .replace(/ +#.*/, '')
      .matchAll(/(?:^|[;(] ?)belt ([^;)]+)/g),
  ])
  .map(([, words]) => words!.trim());

/** As a shell has them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

describe('each line that is typed in the README is understood', () => {
  test.each(TYPED)('belt %s', async (line) => {
    const words = wordsOf(line);
    const { names } = await find(words);
    expect(names).not.toEqual([]);
    if (names[0] !== 'help') expect(await parse(words, names, () => {})).toBeDefined();
  });

  test('and there are such lines', () => {
    expect(TYPED.length).toBeGreaterThan(30);
  });
});

/** `belt cluster new`, `ls` …: one of a group, or of commands that are alike, begins the line, and the others follow. */
const isMentioned = (command: string): boolean => {
  const words = command.split(' ');
  const last = words.pop()!;
  const first = [...words, ''].join(' ');
  const span = new RegExp(`([\`|/]|belt )(${first})?${last}(?![\\w-])`);
  return README.split('\n').some((line) => line.includes(`belt ${first}`) && span.test(line));
};

test('each command is in the README', () => {
  expect(Object.keys(COMMANDS).filter((command) => !isMentioned(command))).toEqual([]);
});
