// The table of docker's commands against its own client, where that is installed: it asks no engine.
import { spawn, spawnSync } from 'node:child_process';
import pLimit from 'p-limit';
import { describe, expect, test } from 'vitest';
import { commandAt, readTable } from '../../src/engine/docker-commands.ts';

const version = spawnSync('docker', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const hasClient = / version 28\./.test(version);

/** What docker prints; it finds no engine. */
function docker(words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], DOCKER_HOST: 'unix:///nonexistent', DOCKER_CONFIG: '/nonexistent' };
    const child = spawn('docker', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.on('close', () => resolve(text));
  });
}

const limit = pLimit(2);
const COMMANDS = readTable().filter(({ names: [name] }) => name !== 'system dial-stdio');

interface Told {
  switches: string[];
  values: string[];
}

/** The options that a help page lists, `name:letter`. */
function optionsIn(help: string): Told {
  const told: Told = { switches: [], values: [] };
  for (const [, letter, name = '', type] of help.matchAll(/^ {2,6}(?:-(\w), )?--([\w-]+)(?: (\S+))?(?: {2,}.*)?$/gm)) {
    if (name !== 'help') (type ? told.values : told.switches).push(letter ? `${name}:${letter}` : name);
  }
  return told;
}

/** Every command under a group with its help page. */
async function leaves(path: string[] = []): Promise<{ name: string; help: string }[]> {
  const help = await limit(() => docker([...path, '--help']));
  const listed = [...help.matchAll(/^(?:[A-Z][\w ]*)?Commands:\n((?: {2}.*\n)+)/gm)]
    .flatMap(([, block = '']) => block.split('\n').map((line) => /^ {2}([a-z][\w-]*)\*?\s/.exec(line)?.[1]))
    .filter((name) => name !== undefined && name !== 'buildx' && name !== 'compose');
  if (listed.length === 0) return [{ name: path.join(' '), help }];
  return (await Promise.all(listed.map((name) => leaves([...path, name!])))).flat();
}

describe.skipIf(!hasClient)("docker's own client agrees", () => {
  test('on its commands, their options and the shorthands of those', { timeout: 120_000 }, async () => {
    const found = await leaves();
    expect(found.length).toBeGreaterThan(150);
    for (const { name, help } of found) {
      const options = COMMANDS.find(({ names }) => names.includes(name))?.options ?? 'not there |';
      const [switches = [], values = []] = options.split('|').map((half) => half.split(' ').filter(Boolean));
      expect({ name, switches, values }).toEqual({ name, ...optionsIn(help) });
    }
  });

  test('on where options end', { timeout: 120_000 }, async () => {
    await Promise.all(
      COMMANDS.map(async ({ names: [name = ''] }) => {
        const ends = !(await limit(() => docker([...name.split(' '), 'x', '--bogus']))).includes(
          'unknown flag: --bogus',
        );
        expect({ name, ends }).toEqual({ name, ends: commandAt(name.split(' '))!.shape.stopsAtWord });
      }),
    );
  });
});

test('each name stands for one command', () => {
  const names = COMMANDS.flatMap((command) => command.names);
  expect(names.length).toBeGreaterThan(150);
  expect(new Set(names).size).toBe(names.length);
});
