import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeFiles } from '../../../src/config/node-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'belt-settings-'));
const file = join(folder, '.belt.yaml');
writeFileSync(file, 'digitalocean: {}\n');
afterAll(() => rmSync(folder, { recursive: true }));

test('the text and the permission bits of a file', () => {
  chmodSync(file, 0o640);
  expect(nodeFiles.read(file)).toBe('digitalocean: {}\n');
  expect(nodeFiles.mode(file)).toBe(0o640);
});

test('no file is undefined; anything else throws', () => {
  expect(nodeFiles.read(join(folder, 'none'))).toBeUndefined();
  expect(nodeFiles.read(join(file, 'below-a-file'))).toBeUndefined();
  expect(() => nodeFiles.read(folder)).toThrow('EISDIR');
});
