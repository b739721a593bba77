import { describe, expect, test } from 'vitest';
import { below, find } from '../../../src/cli/find.ts';
import { synonyms } from '../../../src/cli/synonyms.ts';
import { runCli } from '../../../src/cli.ts';
import { GROUPS } from '../../../src/commands/index.ts';
import type { Edges } from '../../../src/context.ts';
import { Screen } from '../output/terminal.ts';

/** What the words print, or the error with its hint. */
async function outcome(line: string): Promise<string> {
  const stdout = new Screen();
  try {
    await runCli(line.split(' ').filter(Boolean), { stdout } as unknown as Edges);
    return stdout.written.split('\n')[0]!;
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} / ${hint}`;
  }
}

const BELT = 'Docker Swarm on DigitalOcean: names to droplets to a swarm, over SSH.';

describe('a line of words', () => {
  test.each([
    ['', BELT],
    ['help', BELT],
    ['--help', BELT],
    ['--json', BELT],
    ['help help', BELT],
    ['--version', '0.0.0-test'],
    ['swarm --help', 'Usage: belt swarm <command>'],
    ['--json swarm --quiet -h', 'Usage: belt swarm <command>'],
    ['help sandbox image', 'Usage: belt sandbox image <command>'],
    ['--config other.yaml rm --help', 'Usage: belt rm [options] <pattern...>'],
    ['delete node1', "unknown command 'delete' / remove nodes: belt rm · the whole cluster: belt down"],
    ['help nodes', "unknown command 'nodes' / list the nodes: belt ls · the clusters: belt cluster ls"],
    ['cluster create shop', "unknown command 'cluster create' / belt cluster new NAME"],
    ['lss', "unknown command 'lss' / did you mean ls?"],
    ['swarm jion', "unknown command 'swarm jion' / did you mean join?"],
    ['help swarm jion', "unknown command 'swarm jion' / did you mean join?"],
    ['help ls foo', "unknown command 'ls foo' / see: belt help"],
    ['swarm', 'belt swarm needs a command after it / see: belt help swarm'],
    ['sandbox image', 'belt sandbox image needs a command after it / see: belt help sandbox image'],
    ['swarm --foo', "unknown option '--foo' / see: belt help swarm"],
    ['--foo ls', "unknown option '--foo' / see: belt help"],
    ['--jsn ls', "unknown option '--jsn' / did you mean --json?"],
    ['ls --wid', "unknown option '--wid' / did you mean --wide?"],
    ['--host', '--host needs a value: --host <pattern> / see: belt help'],
    ['--host node1', BELT],
    ['swarm join', 'belt swarm join needs a manager / see: belt help swarm join'],
    ['swarm join m1', 'belt swarm join needs a pattern / see: belt help swarm join'],
    ['constructor', "unknown command 'constructor' / see: belt help"],
    ['create 1gb a --timeout 0', '--timeout must be more than 0, not "0" / see: belt help create'],
    [
      'sandbox start --hosts real',
      '--hosts must be one of simulated, engine, not "real" / see: belt help sandbox start',
    ],
  ])('belt %s', async (line, expected) => {
    expect(await outcome(line)).toBe(expected);
  });
});

/** The lines under the error for these words. */
const linesUnder = async (line: string): Promise<string[]> => {
  const error = await runCli(line.split(' '), {} as unknown as Edges).catch((thrown) => thrown);
  expect(error).toMatchObject({ exitCode: 2 });
  return error.lines;
};

describe('a group', () => {
  test.each(Object.keys(GROUPS))(
    'belt %s: without a command after it, and with a wrong one, shows those that there are',
    async (group) => {
      const names = group.split(' ');
      for (const line of [group, `${group} zzzzzz`]) {
        const lines = await linesUnder(line);
        const shown = lines.flatMap((one) => /^ {2}(\S+) {2,}\S/.exec(one)?.[1] ?? []);
        expect(shown).toEqual(below(names));
        expect(lines.filter((one) => one.length > 80)).toEqual([]);
      }
    },
  );

  test('says what each command is for', async () => {
    expect(await linesUnder('keep')).toEqual([
      '  status  show the SSH connections that are kept for the next command',
      '  stop    end the connections that are kept, and what runs on them',
    ]);
  });

  test('is not belt itself: all commands are a page', async () => {
    expect(await linesUnder('lss')).toEqual([]);
  });
});

describe('a word of another tool', () => {
  test.each([...synonyms])('%s: no command of belt’s, and what is said instead is one', async (words, hint) => {
    await expect(find(words.split(' '))).rejects.toMatchObject({ hint });
    const meant = [...hint.matchAll(/belt ((?:--host NODE )?[a-z].*?)(?= ·|,|$)/g)];
    expect(meant.length).toBeGreaterThan(0);
    for (const [, line] of meant) {
      const typed = line!.split(' ');
      const { names } = await find(typed);
      expect(names.length).toBeGreaterThan(0);
    }
  });

  test.each(['delete', 'destroy', 'remove', 'status', 'list', 'scale', 'apply', 'shell', 'run', 'nodes'])(
    '%s is known',
    (word) => {
      expect([...synonyms].map(([words]) => words)).toContain(word);
    },
  );
});
