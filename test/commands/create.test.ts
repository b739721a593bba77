import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type World, world } from '../support/belt.ts';

describe('belt create', () => {
  let w: World;
  beforeAll(async () => {
    w = world();
    await w.sandbox();
  });
  afterAll(() => w.end());

  test('prints the table of the book, in the order of the names', async () => {
    const { code, stdout } = await w.belt('create 512mb node[1:2]');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'ID              Name    Public IPv4     Memory  VCPUs   Disk',
        '18511681        node1   127.1.0.1       512     1       10',
        '18511682        node2   127.1.0.2       512     1       10',
        '',
      ].join('\n'),
    );
  });

  test('refuses names that exist, before anything is made', async () => {
    const before = (await w.status()).droplets.length;
    const { code, stdout, stderr } = await w.belt('create 512mb node[2:3]');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .*node2/);
    expect((await w.status()).droplets.length).toBe(before);
  });
});
