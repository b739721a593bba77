import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

describe('belt active', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:2]');
  });
  afterAll(() => w.end());

  const said = (stdout: string) => ({ code: 0, stdout, stderr: '' });
  const refused = (code: number, message: string, hint: string) => ({
    code,
    stdout: '',
    stderr: `error: ${message}\nhint: ${hint}\n`,
  });

  test('none: how to choose one', async () => {
    expect(await w.belt('active')).toEqual(
      refused(1, 'no node is active', 'choose one: belt active node1 (or name it: belt --host node1 docker …)'),
    );
  });

  test('chooses a node, and shows it', async () => {
    expect(await w.belt('active node2')).toEqual(said('node2\n'));
    expect(await w.belt('active')).toEqual(said('node2\n'));
    expect(await w.belt('active --json')).toEqual(said('{\n  "active": "node2"\n}\n'));
    expect(await w.belt('docker info --format {{.Name}}')).toEqual(said('node2\n'));
  });

  test('what is no single node is refused, and the choice stays', async () => {
    expect(await w.belt('active node[1:2]')).toEqual(
      refused(2, '"node[1:2]" matches 2 nodes: node1, node2; only one can be active', 'choose one'),
    );
    expect(await w.belt('active node3')).toEqual(refused(2, 'there is no node "node3"', 'did you mean node1, node2?'));
    expect(await w.belt('active')).toEqual(said('node2\n'));
  });

  test('each cluster has its own', async () => {
    const other = { env: { BELT_CLUSTER: 'other' } };
    expect((await w.belt('active', other)).code).toBe(1);
    expect(await w.belt('active')).toEqual(said('node2\n'));
  });
});
