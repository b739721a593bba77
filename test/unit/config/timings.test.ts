import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openState } from '../../../src/config/state.ts';
import { readTimings, rememberTimings } from '../../../src/config/timings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-timings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const took = (kind: string, stay: number) => new Map([[kind, { booting: [[stay, stay + 1]] as const }]]);

test('what runs took is there for the next, by kind', () => {
  rememberTimings(openState(folder), took('sgp1 debian-12', 30));
  rememberTimings(openState(folder), took('__proto__', 7));
  rememberTimings(openState(folder), took('sgp1 debian-12', 40));
  const kept = readTimings(openState(folder));
  expect(kept.get('sgp1 debian-12')).toEqual({
    booting: [
      [40, 41],
      [30, 31],
    ],
  });
  expect(kept.get('__proto__')).toEqual({ booting: [[7, 8]] });
});

test.each(['', 'no JSON', '7', '[1]', '{"a":1}', '{"a":{"booting":7}}', '{"a":{"booting":[[1],["x",2],[1,-2],null]}}'])(
  'a file that holds %j is as good as none',
  (text) => {
    writeFileSync(join(folder, 'timings.json'), text);
    const samples = [...readTimings(openState(folder)).values()].flatMap((phases) => Object.values(phases).flat());
    expect(samples).toEqual([]);
  },
);

test('what cannot be read or written is no reason to fail', () => {
  mkdirSync(join(folder, 'timings.json'));
  const state = openState(folder);
  rememberTimings(state, took('sgp1 debian-12', 30));
  expect(readTimings(state)).toEqual(new Map());
});

test('nothing learned, nothing written', () => {
  rememberTimings(openState(folder), new Map());
  expect(readdirSync(folder)).toEqual([]);
});
