// Nodes that come up, watched at a terminal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures, rendered } from './emulator.ts';
import { terminal } from './terminal.ts';
import { type World, world } from './world.ts';

const w: World = world();
const ESCAPE = '\x1b';
const COLOUR = /\x1b\[[\d;]*m/;

beforeAll(() => w.sandbox('--boot-seconds 4 --api-latency 20'));
afterAll(() => w.end());

/** What a display without its own line's end may hold of one node. */
const NODE = /^([·✔✘]) (\S+) {2,}(creating|booting|waiting for \w+|running cloud-init|ready|failed) +\d+ s( {2}\S.*)?$/;

describe('a small fleet', () => {
  it('is a line a node with phase, seconds and last error, and how many are ready; then it is gone', async () => {
    const at = terminal(w, 'belt create 512mb live[1:3] > /dev/null');
    expect(await at.ended).toBe(0);
    const seen = pictures(at.screen(), 80);
    for (const lines of seen) {
      expect(lines.slice(0, 3).map((line) => NODE.exec(line)?.[2])).toEqual(['live1', 'live2', 'live3']);
      expect(lines[3]).toMatch(/^ {2}\d of 3 ready, \d+ s(, about \d+ s left)?$/);
      expect(lines).toHaveLength(4);
    }
    const all = seen.flat().join('\n');
    for (const words of [/live1 +creating/, /live2 +booting/, /live3 +waiting for SSH +\d+ s/])
      expect(all).toMatch(words);
    // That is how machines boot.
    expect(all).not.toContain('refused');
    expect(all).toContain('✔ live');
    expect(rendered(at.screen(), 80)).toEqual([]);
  });

  it('knows how long it takes from the run before', async () => {
    const at = terminal(w, 'belt create 512mb next[1:2] > /dev/null');
    expect(await at.ended).toBe(0);
    const [first] = pictures(at.screen(), 80);
    expect(first?.at(-1)).toMatch(/^ {2}0 of 2 ready, \d+ s, about \d+ s left$/);
  });

  it('on 40 columns takes no more lines, and leaves none', async () => {
    const at = terminal(w, 'belt create 512mb a-rather-long-name[1:2] > /dev/null', {}, { cols: 40, rows: 24 });
    expect(await at.ended).toBe(0);
    const seen = pictures(at.screen(), 40);
    expect(seen.length).toBeGreaterThan(5);
    for (const lines of seen) {
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(/^[·✔] a-rather-long-name1 {2,}\d+ s {2}\w/);
    }
    expect(rendered(at.screen(), 40)).toEqual([]);
  });

  it('on too few rows is counts', async () => {
    const at = terminal(w, 'belt create 512mb low[1:4] > /dev/null', {}, { cols: 80, rows: 5 });
    expect(await at.ended).toBe(0);
    const seen = pictures(at.screen(), 80);
    expect(seen.length).toBeGreaterThan(5);
    for (const lines of seen) expect(lines).toEqual([expect.stringMatching(/^· \d of 4 ready, /)]);
    expect(rendered(at.screen(), 80)).toEqual([]);
  });
});

describe('a large fleet', () => {
  it('is counts by phase', async () => {
    const at = terminal(w, 'belt create 512mb big[1:13] > /dev/null');
    expect(await at.ended).toBe(0);
    const seen = pictures(at.screen(), 80);
    expect(seen.length).toBeGreaterThan(5);
    for (const lines of seen) expect(lines).toEqual([expect.stringMatching(/^· \d+ of 13 ready, \d+ s/)]);
    expect(seen[0]).toEqual([expect.stringMatching(/: creating 13$/)]);
    expect(seen.flat().some((line) => /: .*waiting for SSH \d+/.test(line))).toBe(true);
    expect(rendered(at.screen(), 80)).toEqual([]);
  });
});

describe('^C', () => {
  it('leaves a clean screen: what exists, and how to go on', async () => {
    const at = terminal(w, 'exec belt create 512mb stop[1:2]');
    await at.shows('booting');
    at.type('\x03');
    expect(await at.ended).toBe(130);
    expect(rendered(at.screen(), 80)).toEqual([
      'error: interrupted: stop[1:2] exist; billed: 8.00 USD a month (0.012 an hour)',
      "hint: continue: belt create 512mb 'stop[1:2]' --missing · or remove:",
      "  belt rm 'stop[1:2]'",
    ]);
  });
});

describe('a terminal that', () => {
  it('is to have no colour has the same display without', async () => {
    const at = terminal(w, 'NO_COLOR=1 belt create 512mb plain1 > /dev/null');
    expect(await at.ended).toBe(0);
    expect(pictures(at.screen(), 80).length).toBeGreaterThan(5);
    expect(at.screen()).not.toMatch(COLOUR);
  });

  it('is dumb gets the lines that a pipe gets', async () => {
    const at = terminal(w, 'TERM=dumb belt create 512mb dumb1 > /dev/null');
    expect(await at.ended).toBe(0);
    expect(at.screen()).not.toContain(ESCAPE);
    expect(at.screen()).toMatch(/^dumb1: created \(\d+(\.\d)? s\)\r\n[\s\S]*dumb1: ready after \d+(\.\d)? s\r\n$/);
  });
});
