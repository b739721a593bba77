// Several belts that use one state folder at the same time.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lutimesSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openState, type State } from '../../../src/config/state.ts';
import { takeLock } from '../../../src/config/state-lock.ts';

const SOURCE = fileURLToPath(new URL('../../../src/config/state.ts', import.meta.url));

let root = '';
let state: State;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-state-'));
  state = openState(join(root, '.belt'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program that has `state`, and the word `me` that it is started with. */
function script(text: string): string {
  const head = `
    import { openState } from ${JSON.stringify(SOURCE)};
    const state = openState(${JSON.stringify(state.folder)});
    const me = process.argv[2];
  `;
  const outfile = join(root, 'script.mjs');
  const stdin = { contents: head + text, resolveDir: root };
  buildSync({ stdin, bundle: true, platform: 'node', format: 'esm', outfile });
  return outfile;
}

describe('two belts at once', () => {
  test('who reads while a file is replaced sees the old text or the new, whole', () => {
    state.write('known_hosts', `${'a'.repeat(50_000)}\n`);
    const reader = `
      const { readFileSync, existsSync, writeFileSync } = require('node:fs');
      const seen = new Set();
      writeFileSync(${JSON.stringify(join(state.folder, 'begun'))}, '');
      while (!existsSync(${JSON.stringify(join(state.folder, 'done'))})) {
        const text = readFileSync(${JSON.stringify(join(state.folder, 'known_hosts'))}, 'utf8');
        seen.add(text.length + text.at(0) + text.at(-2));
      }
      console.log([...seen].sort().join());
    `;
    // On a busy machine one may start long after the other.
    const writer = script(`
      while (state.read('begun') === undefined);
      for (let n = 0; n < 100; n++) state.write('known_hosts', (n % 2 ? 'a' : 'b').repeat(50_000) + '\\n');
      state.write('done', '');
    `);
    const env = { ...process.env, READER: reader };
    const { stdout } = spawnSync('sh', ['-c', `node ${writer} & node -e "$READER"; wait`], { encoding: 'utf8', env });
    expect(stdout.trim()).toMatch(/^50001aa(,50001bb)?$|^50001bb$/);
    expect(readdirSync(state.folder).toSorted()).toEqual(['begun', 'done', 'known_hosts']);
  });

  test('no update is lost', () => {
    const outfile = script(
      "for (let n = 0; n < 50; n++) state.update('known_hosts', (text = '') => `${text}${me}-${n}\\n`);",
    );
    const line = `for n in 1 2 3 4; do node ${outfile} $n & done; wait`;
    expect(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).stderr).toBe('');
    const added = state.read('known_hosts')!.trim().split('\n');
    expect(new Set(added).size).toBe(200);
    expect(added).toHaveLength(200);
    expect(readdirSync(state.folder)).toEqual(['known_hosts']);
  });

  const lock = () => join(state.folder, 'known_hosts.lock');
  const held = (pid: number, host = hostname()) => JSON.stringify({ pid, host, id: 'x' });
  /** A process id that was given and is free again. */
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;
  const update = () => state.update('known_hosts', (text) => `${text}new\n`);

  test('a lock whose process ended is taken over at once, whatever its date', () => {
    for (const date of [new Date(0), new Date(), new Date('2199-01-01')]) {
      state.write('known_hosts', 'old\n');
      writeFileSync(lock(), held(deadPid()));
      utimesSync(lock(), date, date);
      const start = performance.now();
      update();
      expect(performance.now() - start).toBeLessThan(2_000);
      expect(state.read('known_hosts')).toBe('old\nnew\n');
      expect(readdirSync(state.folder)).toEqual(['known_hosts']);
    }
  });

  test.each([
    ['an empty one', () => writeFileSync(lock(), '')],
    ['one of another host', () => writeFileSync(lock(), held(1, 'elsewhere'))],
    ['one that says nothing', () => writeFileSync(lock(), Buffer.alloc(1000))],
    ['a link to nothing', () => symlinkSync('nothing', lock())],
  ])('%s, dated in the future, holds nobody for long', (_what, make) => {
    state.write('known_hosts', 'old\n');
    make();
    lutimesSync(lock(), new Date('2199-01-01'), new Date('2199-01-01'));
    const release = takeLock(lock(), { staleMs: 100, patienceMs: 5_000 });
    expect(readdirSync(state.folder).toSorted()).toEqual(['known_hosts', 'known_hosts.lock']);
    release();
    expect(readdirSync(state.folder)).toEqual(['known_hosts']);
  });

  test('one that is taken again and again is given up, by its name', () => {
    state.write('known_hosts', 'old\n');
    writeFileSync(lock(), held(process.pid));
    expect(() => takeLock(lock(), { staleMs: 60_000, patienceMs: 100 })).toThrow(`another belt has held ${lock()}`);
    expect(existsSync(lock())).toBe(true);
  });

  test('a lock that was taken over meanwhile is not released for its new holder', () => {
    state.write('known_hosts', 'old\n');
    const release = takeLock(lock());
    writeFileSync(lock(), held(process.pid));
    release();
    expect(existsSync(lock())).toBe(true);
  });

  test('of many that find a dead lock, each has its turn', () => {
    const outfile = script("state.update('known_hosts', (text = '') => `${text}${me}\\n`);");
    state.write('known_hosts', '');
    writeFileSync(lock(), held(deadPid()));
    const line = `for n in 1 2 3 4 5 6 7 8; do node ${outfile} $n & done; wait`;
    expect(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).stderr).toBe('');
    expect(state.read('known_hosts')!.trim().split('\n').toSorted()).toEqual([...'12345678']);
    expect(readdirSync(state.folder)).toEqual(['known_hosts']);
  });
});
