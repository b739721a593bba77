import { describe, expect, test } from 'vitest';
import { FIRST, pages } from '../../../src/cli/help.ts';
import { runCli } from '../../../src/cli.ts';
import type { Edges } from '../../../src/context.ts';
import { Screen } from '../output/terminal.ts';

async function printed(words: readonly string[]): Promise<string> {
  const stdout = new Screen();
  await runCli(words, { stdout } as unknown as Edges);
  return stdout.written;
}

const help = (topic: readonly string[]): Promise<string> => printed(['help', ...topic]);

const { [FIRST]: first = '', ...others } = await pages();
const PAGES = Object.entries(others);

describe('help', () => {
  test('is there for every command, and those in groups', () => {
    expect(PAGES.map(([words]) => words)).toEqual(
      expect.arrayContaining(['', 'up', 'cluster', 'cluster new', 'sandbox image', 'sandbox image ls']),
    );
  });

  test('belt alone says how to begin, on one screen', async () => {
    expect(await printed([])).toBe(first);
    const lines = first.split('\n');
    expect(lines.length).toBeLessThan(24);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(first).toContain('\n  belt init    write a first .belt.yaml');
    expect(first).toContain('\n  belt help           all commands');
  });

  test.each(PAGES)('fits 80 columns: belt %s', (_words, page) => {
    expect(page.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test.each(PAGES)('is what --help prints: belt %s', async (words, page) => {
    const topic = words.split(' ').filter(Boolean);
    expect(await help(topic)).toBe(page);
    // What follows docker is docker's.
    if (words !== 'docker') expect(await printed([...topic, '--help'])).toBe(page);
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
