import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

describe('belt ip', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:3]');
  });
  afterAll(() => w.end());

  const said = (...lines: string[]) => ({ code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' });

  test('one a line, in the order asked for', async () => {
    expect(await w.belt('ip node2')).toEqual(said('127.1.0.2'));
    expect(await w.belt('ip node3,node1')).toEqual(said('127.1.0.3', '127.1.0.1'));
    expect(await w.belt('ip node[2:3] node1 --private')).toEqual(said('10.104.0.3', '10.104.0.4', '10.104.0.2'));
  });

  test('of all nodes, where none is named', async () => {
    expect(await w.belt('ip')).toEqual(said('127.1.0.1', '127.1.0.2', '127.1.0.3'));
  });

  test('with the names, as JSON', async () => {
    const { stdout, ...end } = await w.belt('ip node[1:2] --json');
    expect({ ...end, rows: JSON.parse(stdout) }).toEqual({
      code: 0,
      stderr: '',
      rows: [
        { name: 'node1', address: '127.1.0.1' },
        { name: 'node2', address: '127.1.0.2' },
      ],
    });
  });

  test('a name that is not there is an error, and nothing is printed', async () => {
    expect(await w.belt('ip node1 node4')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no node "node4"\nhint: did you mean node1, node2, node3?\n',
    });
  });
});
