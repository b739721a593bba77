// Each line that help or a page shows is one that belt understands. Those of help that can run here do so in test/commands/examples.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { find, isCommand } from '../../../src/cli/find.ts';
import { parse } from '../../../src/cli/parse.ts';
import { COMMANDS, GROUPS } from '../../../src/commands/index.ts';
import { UsageError } from '../../../src/errors.ts';
import { readSshWords } from '../../../src/ssh/openssh/words.ts';
import { beltCommands } from '../../support/shell-lines.ts';

/** @throws UsageError for what belt would refuse before it does anything */
async function understood(words: readonly string[]): Promise<readonly string[]> {
  const { names, read } = await find(words);
  expect(names, `belt ${words.join(' ')}`).not.toEqual([]);
  if (names[0] === 'help') {
    expect((await find(words.slice(read))).read, `belt ${words.join(' ')}`).toBe(words.length - read);
    return names;
  }
  expect(isCommand(names), `belt ${words.join(' ')} is a command`).toBe(true);
  const parsed = await parse(words, names, () => {});
  const destination = names[0] === 'ssh' ? readSshWords(parsed!.given['words'] as string[]).destination : '';
  if (destination === undefined) throw new UsageError('belt ssh needs a node');
  return names;
}

const EXAMPLES = [
  ...(await Promise.all(
    Object.entries(COMMANDS).map(async ([words, load]) => [words, (await load()).default.examples] as const),
  )),
  ...Object.entries(GROUPS).map(([words, { examples }]) => [words, examples] as const),
];

describe('each example of help', () => {
  test.each(EXAMPLES)('belt %s', async (of, examples) => {
    expect(examples.length).toBeGreaterThan(0);
    const others: string[] = [];
    for (const [line] of examples) {
      const names = await Promise.all(beltCommands(line).map(({ words }) => understood(words)));
      if (!names.some((found) => `${found.join(' ')} `.startsWith(`${of} `))) others.push(line);
    }
    // A group's may be about more than its own commands.
    if (Object.hasOwn(GROUPS, of)) expect(others.length).toBeLessThan(examples.length);
    else expect(others).toEqual([]);
  });
});

const ROOT = join(import.meta.dirname, '../../..');
const PAGES = ['README.md', ...['apps', 'clusters', 'commands', 'docker', 'sandbox'].map((name) => `docs/${name}.md`)];

/** What is typed in the sessions of a page, and what stands in its sentences. */
function linesOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const sessions = [...text.matchAll(/^```(?:console|sh|bash)\n([\s\S]*?)^```/gm)].flatMap(([, session]) =>
    session!.split('\n'),
  );
  const typed = sessions.filter((line) => /^[$#] /.test(line)).map((line) => line.slice(2));
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)]
    .map(([, words]) => words!.replaceAll('\\|', '|').replaceAll('\n', ' '))
    .filter((words) => /\bbelt [a-z-]/.test(words));
  return [...typed, ...inline];
}

/** It says no more than its name. */
const isMention = (error: unknown): boolean => / needs a /.test((error as Error).message);

describe.each(PAGES)('each line in %s', (path) => {
  test.each([...new Set(linesOf(path))])('%s', async (line) => {
    for (const { words } of beltCommands(line)) {
      const { names } = await find(words);
      // A group, or words for any: `belt registry login HOST`.
      if (Object.hasOwn(GROUPS, words.join(' ')) || names[0] === 'help') continue;
      await understood(words.map((word) => word.replace(/…$/, 'x'))).catch((error) => {
        if (!isMention(error)) throw error;
      });
    }
  });
});
