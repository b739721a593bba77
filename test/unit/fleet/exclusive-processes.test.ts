// Runs of one cluster as processes of their own: killed, stopped, and many at once.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';

const source = (path: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)));

let root = '';
let program = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-exclusive-'));
  program = join(root, 'run.mjs');
  const contents = `
    import { appendFileSync, existsSync } from 'node:fs';
    import { exclusively } from ${source('fleet/exclusive.ts')};
    import { openState } from ${source('config/state.ts')};
    import { systemClock } from ${source('clock.ts')};
    const [root, me, until] = process.argv.slice(2);
    const log = (line) => appendFileSync(root + '/log', line + '\\n');
    const state = openState(root + '/state');
    const context = {
      clock: systemClock,
      signal: new AbortController().signal,
      out: { note: (line) => log(me + ' ' + line.replace(/\\d+:\\d+:\\d+/, 'T')) },
      settings: async () => ({ cluster: 'shop' }),
      state: async () => state,
    };
    await exclusively(context, 'belt up', async () => {
      log(me + ' begins');
      do await systemClock.sleep(5); while (until && !existsSync(root + '/' + until));
      log(me + ' ends');
    });
  `;
  buildSync({ stdin: { contents, resolveDir: root }, bundle: true, platform: 'node', format: 'esm', outfile: program });
  writeFileSync(join(root, 'log'), '');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** Its work lasts until a file of this name is there. */
function start(me: string, until = ''): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [program, root, me, until], { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return { child, ended: new Promise((resolve) => child.on('close', resolve)) };
}

const log = (): string[] => readFileSync(join(root, 'log'), 'utf8').trim().split('\n');

async function logged(line: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!log().includes(line)) {
    if (Date.now() > deadline) throw new Error(`never logged: ${line}\n${log().join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a run that was killed at work is followed by the next', async () => {
  const one = start('one', 'never');
  await logged('one begins');
  const two = start('two');
  await logged(`two waiting for \`belt up\` (process ${one.child.pid}, since T)…`);
  one.child.kill('SIGKILL');
  expect(await two.ended).toBe(0);
  expect(log().at(-1)).toBe('two ends');
});

test('a run that is stopped for a while keeps its turn', async () => {
  const one = start('one', 'go');
  await logged('one begins');
  one.child.kill('SIGSTOP');
  const two = start('two');
  await logged(`two waiting for \`belt up\` (process ${one.child.pid}, since T)…`);
  appendFileSync(join(root, 'go'), '');
  expect(existsSync(join(root, 'go'))).toBe(true);
  one.child.kill('SIGCONT');
  expect(await Promise.all([one.ended, two.ended])).toEqual([0, 0]);
  expect(log().filter((line) => !line.includes('waiting'))).toEqual([
    'one begins',
    'one ends',
    'two begins',
    'two ends',
  ]);
});

test('of twelve that start at once, half of them killed somewhere, never two are at work', async () => {
  const runs = Array.from({ length: 12 }, (_, n) => start(`r${n}`));
  for (const [n, { child }] of runs.entries()) {
    if (n % 2 === 0) setTimeout(() => child.kill('SIGKILL'), 40 + ((n * 7919) % 300));
  }
  const codes = await Promise.all(runs.map(({ ended }) => ended));
  expect(codes.filter((_, n) => n % 2 === 1)).toEqual([0, 0, 0, 0, 0, 0]);
  const lines = log().filter((line) => !line.includes('waiting'));
  const killed = new Set(runs.flatMap((_, n) => (n % 2 === 0 ? [`r${n}`] : [])));
  let atWork: string | undefined;
  for (const line of lines) {
    const [who = '', what] = line.split(' ');
    if (what === 'ends') {
      expect(atWork).toBe(who);
      atWork = undefined;
    } else {
      // Who was killed at work says no more.
      expect(atWork === undefined || killed.has(atWork)).toBe(true);
      atWork = who;
    }
  }
});
