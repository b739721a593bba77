import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

describe("the book's session, with the real command", () => {
  let w: World;
  beforeAll(async () => {
    w = world();
    await w.sandbox();
  });
  afterAll(() => w.end());

  const ok = async (words: string) => {
    const { code, stdout, stderr } = await w.belt(words);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  it('creates four nodes and prints the table of the book', async () => {
    expect(await ok('create 512mb node[1:4]')).toBe(
      `${[
        'ID              Name    Public IPv4     Memory  VCPUs   Disk',
        '18511681        node1   127.1.0.1       512     1       10',
        '18511682        node2   127.1.0.2       512     1       10',
        '18511683        node3   127.1.0.3       512     1       10',
        '18511684        node4   127.1.0.4       512     1       10',
      ].join('\n')}\n`,
    );
    expect(await ok('ls node[1:2]')).toBe(
      `${[
        'ID              Name    Public IPv4     Status  Tags',
        '18511681        node1   127.1.0.1       active',
        '18511682        node2   127.1.0.2       active',
      ].join('\n')}\n`,
    );
  });

  it('refuses names that exist, and makes only the missing ones when told to', async () => {
    const { code, stderr } = await w.belt('create 512mb node[3:5]');
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error: node[3:4] exist already\nhint: choose other names, or make only the others: --missing\n',
    );
    await ok('create 512mb node[3:5] --missing');
    expect(await ok('ls -q')).toBe('node1\nnode2\nnode3\nnode4\nnode5\n');
    expect(await ok('rm -y node5')).toBe('node5: removed\n');
  });

  it('makes a swarm of them and runs services on it', async () => {
    expect(await ok('active node1')).toBe('node1\n');
    expect(await ok('docker version')).toContain('Server: Docker Engine');
    expect(await ok('docker swarm init')).toContain('is now a manager.');
    expect((await ok('swarm join node1 node[2:4]')).split('\n').sort()).toEqual([
      '',
      'node2: This node joined a Swarm as a worker.',
      'node3: This node joined a Swarm as a worker.',
      'node4: This node joined a Swarm as a worker.',
    ]);
    expect((await ok('docker node ls')).match(/Ready/g)).toHaveLength(4);
    await ok('docker service create --detach --name nginx --replicas 2 -p 80:80 nginx');
    expect(await ok('docker service ls')).toContain('nginx');
    expect(await ok('docker service scale --detach nginx=4')).toContain('nginx scaled to 4');
    expect(await ok('ip node2')).toBe('127.1.0.2\n');
  });

  it('says so when a node is in the swarm already, and passes exit codes through', async () => {
    expect(await ok('swarm join node1 node2')).toBe('node2: This node is already in this Swarm as a worker.\n');
    const { code, stderr } = await w.belt('--host node2 docker node ls');
    expect(code).toBe(1);
    expect(stderr).toContain('This node is not a swarm manager.');
  });

  it('runs docker on several nodes, an object each with --json', async () => {
    const saved = await w.belt('--host node[1:2] --json docker version --format {{.Server.Version}}');
    expect(
      saved.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).exitCode),
    ).toEqual([0, 0]);
  });

  it('removes nodes only when it may', async () => {
    const { code, stderr } = await w.belt('rm node[1:4]');
    expect(code).toBe(2);
    expect(stderr).toContain('rm asks before it deletes, and there is no terminal to ask on');
    await ok('rm -y node[1:4]');
    expect(await ok('ls -q')).toBe('');
  });
});

describe('wrong words', () => {
  const w = world();
  afterAll(() => w.end());

  it.each([
    ['creat', "error: unknown command 'creat'\nhint: did you mean create?\n"],
    ['ls --foo', "error: unknown option '--foo'\nhint: see: belt help ls\n"],
    [
      'ls',
      'error: there is no DigitalOcean token\nhint: make a token at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN\n',
    ],
    [
      'active',
      'error: no node is active\nhint: choose one: belt active node1 (or name it: belt --host node1 docker …)\n',
    ],
  ])('belt %s', async (words, stderr) => {
    const outcome = await w.belt(words);
    expect(outcome.stderr).toBe(stderr);
    expect(outcome.stdout).toBe('');
    expect(outcome.code).not.toBe(0);
  });

  it('a backwards range: a caret under the column, and nothing asked of the API', async () => {
    const { code, stderr } = await w.belt(['create', '512mb', 'node[4:1]'], {
      env: { DIGITALOCEAN_ACCESS_TOKEN: 'made-up' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('node[4:1]');
    expect(stderr).toMatch(/^ +\^$/m);
  });
});
