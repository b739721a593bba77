import { describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import type { Edges } from '../../../src/context.ts';
import { Screen } from '../output/terminal.ts';

/** A help page on a terminal of 80 columns. */
async function help(topic: readonly string[]): Promise<string> {
  const stdout = new Screen();
  await runCli(['help', ...topic], { stdout } as unknown as Edges);
  return stdout.written;
}

/** The commands that a page lists. */
function commandsOf(page: string): string[] {
  const [, listed = ''] = page.split('\nCommands:\n');
  return [...listed.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name]) => name!).filter((name) => name !== 'belt');
}

/** Every page, below this one as well. */
async function pagesFrom(topic: readonly string[]): Promise<(readonly [string, string])[]> {
  const page = await help(topic);
  const below = commandsOf(page).filter((name) => name !== 'help');
  const pages = await Promise.all(below.map((name) => pagesFrom([...topic, name])));
  return [[['belt', ...topic].join(' '), page], ...pages.flat()];
}

const PAGES = await pagesFrom([]);

describe('help', () => {
  test('is there for every command, and those in groups', () => {
    expect(PAGES.map(([name]) => name)).toEqual(
      expect.arrayContaining(['belt', 'belt up', 'belt cluster', 'belt cluster new', 'belt sandbox start']),
    );
  });

  test.each(PAGES)('fits 80 columns: %s', (_name, page) => {
    expect(page.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('what does not fit beside an example stands above it', async () => {
    const [, examples] = (await help(['cluster', 'new'])).split('\nExamples:\n');
    expect(examples).toBe(
      [
        "  belt cluster new shop --manager 'm[1:3]' --worker 'w[1:6]'",
        '  # shop-manager1 to 3, shop-worker1 to 6',
        '  belt cluster new shop --manager 3 --worker 6',
        '  belt cluster new shop --worker-size s-2vcpu-4gb --worker 2 --label tier=web',
        '',
      ].join('\n'),
    );
  });
});
