import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Digests } from '../../../src/copy/digests.ts';
import { FakeNode, put } from './fake-node.ts';

let root: string;
let node: FakeNode;
let most = 0;
let digests: Digests;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-digests-'));
  node = new FakeNode(root, 'node1');
  let open = 0;
  most = 0;
  const { exec } = node.connection();
  const counted = async (line: string) => {
    most = Math.max(most, ++open);
    const command = await exec(line);
    command.ended.finally(() => open--).catch(() => {});
    return command;
  };
  digests = new Digests({ exec: counted } as never);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

test('many questions at once take few channels', async () => {
  await put(node.at('/srv/a'), 'abc');
  const asked = Array.from({ length: 10 }, (_, bytes) => digests.ofBeginning('/srv/a', (bytes % 3) + 1));
  asked.push(...Array.from({ length: 100 }, () => digests.of('/srv/a')));
  const told = await Promise.all(asked);
  expect([told[0], told[1], told.at(-1)]).toEqual([hash('a'), hash('ab'), hash('abc')]);
  expect(most).toBe(3);
});

test('a file that is gone has none, and others have', async () => {
  await put(node.at('/srv/a'), 'a');
  await put(node.at('/srv/\u2028'), 'b');
  expect(await digests.of('/srv/gone')).toBeUndefined();
  expect(digests.isUnable).toBe(false);
  expect(await Promise.all(['/srv/a', '/srv/\u2028'].map((path) => digests.of(path)))).toEqual([hash('a'), hash('b')]);
});

test.each(['/srv/a', '/srv/a\nb'])('a node without sha256sum is found out, by %j', async (path) => {
  node.sums = 'missing';
  expect(await digests.of(path)).toBeUndefined();
  expect(digests.isUnable).toBe(true);
  node.requests.length = 0;
  expect(await digests.of(path)).toBeUndefined();
  expect(node.requests).toEqual([]);
});
