// Several belts that use one state folder at the same time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openState, type State } from '../../../src/config/state.ts';

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

  test('a lock that a killed belt left behind is taken over', () => {
    state.write('known_hosts', 'old\n');
    const lock = join(state.folder, 'known_hosts.lock');
    writeFileSync(lock, '');
    const longAgo = new Date(Date.now() - 6_000);
    utimesSync(lock, longAgo, longAgo);
    state.update('known_hosts', (text) => `${text}new\n`);
    expect(state.read('known_hosts')).toBe('old\nnew\n');
    expect(readdirSync(state.folder)).toEqual(['known_hosts']);
  });
});
