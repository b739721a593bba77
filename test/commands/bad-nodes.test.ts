// What wrong words about nodes get, and a machine, a disk or a network that does not play along.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { api, info, lines, names, onHost, stateFile } from '../support/probe.ts';

let w: World;
beforeAll(async () => {
  w = world();
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:2] db1');
  if (made.code !== 0) throw new Error(made.stderr);
});
afterAll(() => w.end());

const VERSION = ['docker', 'version', '--format', '{{.Server.Version}}'];
const refusal = (code: number, ...stderr: string[]) => ({ code, stdout: '', stderr: lines(...stderr) });

describe.concurrent('a node that does not exist', () => {
  it.each([
    'ls node9',
    'ip node9',
    'active node9',
    'trust node9',
    'swarm init node9',
    'swarm join node1 node9',
    'swarm join node9 node1',
    '--host node9 docker ps',
    '--host node[1:2],node9 docker ps',
  ])('belt %s: the nearest names', async (words) => {
    expect(await w.belt(words)).toEqual(
      refusal(2, 'error: there is no node "node9"', 'hint: did you mean node1, node2?'),
    );
  });

  it('belt rm guesses none: it would be deleted', async () => {
    expect(await w.belt('rm -y node9')).toEqual(
      refusal(2, 'error: there is no node "node9"', 'hint: there are db1,node[1:2]'),
    );
    expect(await w.belt('rm -y node[2:4]')).toEqual(
      refusal(2, 'error: there are no nodes node[3:4]', 'hint: there are db1,node[1:2]'),
    );
    expect(await w.belt('rm -y node1,!node1')).toEqual(
      refusal(2, 'error: no node matches node1,!node1', 'hint: see: belt ls'),
    );
  });

  it('belt ls zebra: none is near', async () => {
    expect(await w.belt('ls zebra')).toEqual(
      refusal(2, 'error: there is no node "zebra"', 'hint: there are db1,node[1:2]'),
    );
  });

  it.each([
    ['active node[1:2]', '"node[1:2]" matches 2 nodes: node1, node2; only one can be active'],
    ['swarm init node[1:2]', '"node[1:2]" matches 2 nodes: node1, node2; only one can start the swarm'],
    ['swarm join node[1:2] db1', '"node[1:2]" matches 2 nodes: node1, node2; give one manager'],
  ])('belt %s: one is meant', async (words, message) => {
    expect(await w.belt(words)).toEqual(refusal(2, `error: ${message}`, 'hint: choose one'));
  });

  it.each([
    ['ip node1,!node1', 'node1,!node1'],
    ['ip node1 !node*', 'node1 !node*'],
    ['inspect node1,!node1', 'node1,!node1'],
    ['active node1,!node1', 'node1,!node1'],
    ['exec node1,!node1 -- true', 'node1,!node1'],
    ['swarm join node1 node2,!node2', 'node2,!node2'],
    ['--host node1,!node1 docker ps', 'node1,!node1'],
  ])('belt %s: words that leave none', async (words, which) => {
    expect(await w.belt(words)).toEqual(refusal(2, `error: no node matches ${which}`, 'hint: see: belt ls'));
  });

  it('belt ls of words that leave none is an empty list', async () => {
    expect(await w.belt('ls -q node1,!node1')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('a selector that does not exist', async () => {
    expect(await w.belt('--host @al docker ps')).toEqual(
      refusal(
        2,
        'error: @al: no such selector (did you mean @all?)',
        'hint: selectors are @all, @manager, @worker, @tag:NAME',
      ),
    );
  });
});

describe('a host key that is not the pinned one', () => {
  const file = () => stateFile(w, 'known_hosts');
  const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO9+cjlnDu17eLW+FkfYltlDwVCAjjKnxmKIsL4rFMWg';
  let pins: string;
  let id: number;
  beforeAll(async () => {
    pins = readFileSync(file(), 'utf8');
    id = (await w.status()).droplets[0]!.id;
    writeFileSync(file(), pins.replace(new RegExp(`^(belt-${id}\\S*) .*`, 'm'), `$1 ${OTHER}`));
  });
  afterAll(() => writeFileSync(file(), pins));

  const PRESENTED = /SHA256:[\w+/]{43}/g;
  const WRONG = 'node1 (127.1.0.1): its host key does not match the pinned one: it presented KEY, but KEY is pinned';
  const HINT = 'hint: another machine may answer there; if you know why the key changed: belt trust node1';

  it.each(['--host node1 docker swarm init', 'swarm init node1', 'swarm join node1 node2', 'swarm join node2 node1'])(
    'belt %s never goes on',
    async (words) => {
      const { code, stdout, stderr } = await w.belt(words);
      expect({ code, stdout }).toEqual({ code: 255, stdout: '' });
      expect(stderr.replace(PRESENTED, 'KEY')).toContain(lines(`error: ${WRONG}`, HINT));
      expect((await onHost(w, 'node1', 'docker info --format {{.Swarm.LocalNodeState}}')).stdout).toBe('inactive\n');
    },
  );

  it('belt --host node[1:2] docker: the other one answers', async () => {
    const { code, stdout, stderr } = await w.belt(['--host', 'node[1:2]', 'docker', 'version', '--format', 'here']);
    expect({ code, stdout }).toEqual({ code: 255, stdout: 'node2 | here\n' });
    expect(stderr.replace(PRESENTED, 'KEY')).toBe(lines(`node1 | error: ${WRONG}`, `node1 | ${HINT}`));
  });

  it('belt create --missing does not call it ready', async () => {
    const { code, stderr } = await w.belt('create 512mb node1 --missing');
    expect(code).toBe(3);
    expect(stderr.replace(PRESENTED, 'KEY')).toContain(`  ${WRONG}`);
  });

  it('belt trust asks first, and pins when it is told to', async () => {
    const asked = await w.belt('trust node1');
    expect({ ...asked, stderr: asked.stderr.replace(PRESENTED, 'KEY') }).toEqual(
      refusal(
        2,
        'node1 (127.1.0.1) presents the host key KEY',
        'error: trust asks first, but there is no terminal to ask on',
        'hint: compare the fingerprint, then add -y',
      ),
    );
    expect((await w.belt('trust node1 -y')).stdout).toBe('node1: pinned\n');
    expect((await w.belt(['--host', 'node1', ...VERSION])).code).toBe(0);
    expect(readFileSync(file(), 'utf8').split('\n').sort()).toEqual(pins.split('\n').sort());
  });
});

describe('a name that two droplets share', () => {
  let ids: number[];
  beforeAll(async () => {
    await api(w, 'POST', '/v2/droplets', {
      ...{ name: 'node2', region: 'sgp1', size: 's-1vcpu-1gb', image: 18153887, ssh_keys: [816630] },
      tags: ['belt', 'belt-cluster-default'],
    });
    await w.belt('ls');
    ids = (await w.status()).droplets.filter(({ name }) => name === 'node2').map(({ id }) => id);
  });

  it.each(['ip node2', 'active node2', 'rm -y node2', '--host node2 docker ps', 'ls node[1:2]'])(
    'belt %s: their ids',
    async (words) => {
      const [first, second] = ids;
      expect(await w.belt(words)).toEqual(
        refusal(2, `error: node2: 2 droplets have this name (ids ${first}, ${second}): use an id instead`),
      );
    },
  );

  it('each is reached and removed by its id', async () => {
    const [first, second] = ids;
    expect((await w.belt(`ip ${first}`)).stdout).toBe('127.1.0.2\n');
    expect((await w.belt(['--host', `${first}`, 'docker', 'version', '--format', 'here'])).stdout).toBe('here\n');
    expect((await w.belt(`rm -y ${second}`)).stdout).toBe('node2: removed\n');
    expect((await w.status()).droplets.map(({ id }) => id)).not.toContain(second);
    expect((await w.belt(['--host', 'node2', 'docker', 'version', '--format', 'here'])).stdout).toBe('here\n');
  });
});

describe('belt rm', () => {
  beforeAll(async () => {
    const droplet = { region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04', ssh_keys: [816630] };
    await api(w, 'POST', '/v2/droplets', { ...droplet, name: 'foreign', tags: ['theirs'] });
    await api(w, 'POST', '/v2/droplets', { ...droplet, name: 'blue', tags: ['belt', 'belt-cluster-blue'] });
  });

  it('asks on no terminal: it refuses, and says what would have gone', async () => {
    const before = await names(w);
    expect(await w.belt('rm db1')).toEqual(
      refusal(
        2,
        'cluster default, sandbox',
        '1 droplet and all data on it will be deleted:',
        `  db1  ${(await w.status()).droplets.find(({ name }) => name === 'db1')?.id}  127.1.0.3  sgp1  s-1vcpu-512mb-10gb  active  not in a swarm`,
        'error: rm asks before it deletes, but there is no terminal to ask on',
        'hint: add -y if you are sure',
      ),
    );
    expect(await names(w)).toEqual(before);
  });

  it('with a token that may not write: one line, and nothing is gone', async () => {
    const before = await names(w);
    const { code, stdout, stderr } = await w.belt('rm -y db1', {
      env: { DIGITALOCEAN_ACCESS_TOKEN: info(w).readOnlyToken },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /\nerror: the token lacks the right droplet:delete\nhint: create one that has it \(full access has all\)/,
    );
    expect(await names(w)).toEqual(before);
  });

  it.each([
    ['foreign', 'the droplet "foreign" was not created by belt'],
    ['blue', 'the droplet "blue" belongs to another cluster'],
    ['db1 foreign', 'the droplet "foreign" was not created by belt'],
  ])('belt rm -y %s: needs --any', async (which, message) => {
    const before = await names(w);
    expect(await w.belt(`rm -y ${which}`)).toEqual(
      refusal(2, `error: ${message}`, 'hint: if you are sure, --any removes it anyway, by its name or id'),
    );
    expect(await names(w)).toEqual(before);
    expect((await w.belt('--host foreign docker ps')).stderr).toBe(
      lines('error: the droplet "foreign" was not created by belt', 'hint: see: belt ls --all'),
    );
  });

  it('belt rm -y --any foreign', async () => {
    expect((await w.belt('rm -y --any foreign')).stdout).toBe('foreign: removed\n');
    expect(await names(w)).not.toContain('foreign');
    expect(existsSync(stateFile(w, 'known_hosts'))).toBe(true);
  });
});
