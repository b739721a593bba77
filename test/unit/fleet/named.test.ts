import { describe, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { BeltError } from '../../../src/errors.ts';
import { named, noSuchNode } from '../../../src/fleet/named.ts';
import type { Node } from '../../../src/model/node.ts';
import { expand } from '../../../src/patterns/index.ts';

const NODES = expand(['node[1:6]']).map((name, n) => ({ id: n + 1, name, tags: ['belt'] }) as unknown as Node);

/** A cluster, and an account that has a droplet "gpu" beside it. */
const contextOf = (cluster = 'default') =>
  ({
    settings: async () => ({ cluster }),
    cloud: async () => ({
      droplets: async ({ name }: { name: string }) => (name === 'gpu' ? [{ id: 9, name, tags: [] }] : []),
      droplet: async () => undefined,
    }),
  }) as unknown as Context;

const told = ({ message, hint }: BeltError) => `${message}\n${hint}`;

async function refusal(words: string[], nodes: Node[] = NODES, cluster?: string): Promise<string> {
  const error = await named(contextOf(cluster), words, nodes).catch((thrown: unknown) => thrown);
  return error instanceof BeltError ? told(error) : 'nothing was refused';
}

describe('words that name no node', () => {
  test.each([
    ['one', ['node9'], 'there is no node "node9"\ndid you mean node1, node2, node3?'],
    ['one that is like no other', ['zebra'], 'there is no node "zebra"\nthere are node[1:6]'],
    ['the end of a range', ['node[5:9]'], 'there are no nodes node[7:9]\nthere are node[1:6]'],
    ['the last of a range', ['node[5:7]'], 'there is no node "node7"\nthere are node[1:6]'],
    ['several', ['web1', 'node[6:7]', 'db'], 'there are no nodes web1,node7,db\nthere are node[1:6]'],
    ['a glob', ['web-*'], 'no node matches web-*\nthere are node[1:6]'],
    ['a tag', ['@tag:web'], 'no node matches @tag:web\nthere are node[1:6]'],
    ['none that is left', ['node[1:2]', '!node*'], 'no node matches node[1:2] !node*\nsee: belt ls'],
    ['a droplet of others', ['gpu'], 'the droplet "gpu" was not created by belt\nsee: belt ls --all'],
  ])('%s', async (_what, words, text) => {
    expect(await refusal(words)).toBe(text);
  });

  test('in a cluster that has a name, of one node, or of none', async () => {
    expect(await refusal(['db[1:2]'], NODES.slice(0, 1), 'shop')).toBe(
      'there are no nodes db[1:2] in cluster shop\nthere is node1',
    );
    expect(await refusal(['db1'], [], 'shop')).toBe(
      'there is no node "db1" in cluster shop\ncreate one: belt create 1gb node1',
    );
  });

  test('among very many of no common name', async () => {
    const many = NODES.map((node) => ({ ...node, name: `${'x'.repeat(20 + node.id)}` }));
    expect(await refusal(['db1'], many)).toBe('there is no node "db1"\nsee: belt ls');
  });
});

describe('rm of nodes that there are not', () => {
  test.each([
    ['names the whole of the range, and guesses none', ['node[5:9]'], 'node7', 'there are no nodes node[7:9]'],
    ['guesses none for one either', ['node9'], 'node9', 'there is no node "node9"'],
    ['names one that is written out by itself', ['node9', 'node[5:8]'], 'node9', 'there is no node "node9"'],
    ['a glob', ['web-*', 'node1'], 'web-*', 'no node matches web-*'],
  ])('%s', async (_what, words, first, message) => {
    const error = await noSuchNode(contextOf(), first, { words, nodes: NODES, hint: 'add --any' });
    expect(told(error)).toBe(`${message}\nthere are node[1:6]`);
  });

  test('a droplet of others', async () => {
    const error = await noSuchNode(contextOf(), 'gpu', { words: ['gpu'], nodes: NODES, hint: 'add --any' });
    expect(told(error)).toBe('the droplet "gpu" was not created by belt\nadd --any');
  });
});
