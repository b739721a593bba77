import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanSandboxes, stopSandbox } from '../../../src/sandbox/control.ts';

describe('what a user described in a sandbox’s folder', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'belt-kept-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const describeIn = (sandbox: string, ...files: string[]) => {
    const folder = join(root, sandbox, 'state/clusters');
    mkdirSync(folder, { recursive: true });
    for (const file of files) writeFileSync(join(folder, file), `cluster: {} # ${file}\n`);
  };

  test('is kept when it ends, and told', async () => {
    describeIn('default', 'shop.yaml', 'a%3Ab.yaml');
    const { running, kept } = await stopSandbox(root, 'default');
    expect([running, kept?.clusters]).toEqual([false, ['a:b', 'shop']]);
    expect(readFileSync(join(kept!.folder, 'shop.yaml'), 'utf8')).toBe('cluster: {} # shop.yaml\n');
    expect(existsSync(join(root, 'default'))).toBe(false);
  });

  test('is kept of each time, and by clean as well, which leaves it there', async () => {
    describeIn('one', 'shop.yaml');
    const first = await stopSandbox(root, 'one');
    describeIn('one', 'shop.yaml');
    const [second] = await cleanSandboxes(root);
    expect(second?.kept?.clusters).toEqual(['shop']);
    expect(await cleanSandboxes(root)).toEqual([]);
    for (const { folder } of [first.kept!, second!.kept!]) expect(existsSync(join(folder, 'shop.yaml'))).toBe(true);
    expect(first.kept!.folder).not.toBe(second!.kept!.folder);
  });

  test('is nothing where nothing was described', async () => {
    describeIn('default', 'notes.txt');
    expect((await stopSandbox(root, 'default')).kept).toBeUndefined();
    expect(existsSync(join(root, '.kept'))).toBe(false);
  });
});
