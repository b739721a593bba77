// That what users read and the commands agree: each command is in it, each line of its sessions is one that belt understands, and each
// link leads somewhere.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { find } from '../../../src/cli/find.ts';
import { parse } from '../../../src/cli/parse.ts';
import { COMMANDS } from '../../../src/commands/index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** What users read, by its path. */
const PAGES = new Map(
  ['README.md', ...['apps', 'clusters', 'commands', 'docker', 'sandbox'].map((name) => `docs/${name}.md`)].map(
    (path) => [path, read(path)] as const,
  ),
);
const ALL = [...PAGES.values()].join('\n');

/** The lines that are typed in the sessions, as far as they call belt, each without `belt`. */
const TYPED = [...ALL.matchAll(/^```console\n([\s\S]*?)^```/gm)]
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

describe('each line that is typed on a page is understood', () => {
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
  return PAGES.get('docs/commands.md')!
    .split('\n')
    .some((line) => line.includes(`belt ${first}`) && span.test(line));
};

test('each command is in docs/commands.md', () => {
  expect(Object.keys(COMMANDS).filter((command) => !isMentioned(command))).toEqual([]);
});

/** As GitHub names a heading's place. */
const anchors = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

test.each([...PAGES])('each link in %s leads to a file and a heading that are there', (path, text) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  expect(links.length).toBeGreaterThan(0);
  const dead = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? path : join(path, '..', file);
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchors(read(target)).includes(anchor);
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});

test('the first ten minutes are a short page', () => {
  expect(PAGES.get('README.md')!.split('\n').length).toBeLessThan(200);
});
