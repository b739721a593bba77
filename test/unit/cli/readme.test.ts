// That what users read and the commands agree: each command is in it, and each link leads somewhere. Of its lines is examples.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../../src/commands/index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** What users read, by its path. */
const PAGES = new Map(
  ['README.md', ...['apps', 'clusters', 'commands', 'docker', 'sandbox'].map((name) => `docs/${name}.md`)].map(
    (path) => [path, read(path)] as const,
  ),
);
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
