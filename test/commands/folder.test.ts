// What a folder that was cloned may decide: a repository with a .belt.yaml and a .belt/ of somebody else's, met as a user meets it.
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../src/new-key.ts';
import { world } from '../support/belt.ts';
import { cloned, keysInAccount, SETTINGS } from '../support/clone.ts';
import { lines, names, stateFile } from '../support/probe.ts';

const w = world();
const { path: repo, write, writeKey } = cloned(w);
afterAll(() => w.end());
const inRepo = (env: Record<string, string | undefined> = {}) => ({ cwd: repo, env });

describe('an API of the repository', () => {
  let server: Server;
  const heard: string[] = [];
  let url = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      heard.push(`${request.url} ${request.headers.authorization}`);
      response.end('{}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    write('.belt.yaml', `digitalocean:\n  api_url: ${url}\n`);
  });
  afterAll(() => server.close());

  it.each([
    'ls',
    'create 512mb node1',
    'rm -y node1',
    'docker ps',
    'active',
    'plan',
    'cluster ls',
    'orphans',
    'trust -y node1',
  ])('belt %s sends it nothing', async (words) => {
    const { code, stdout, stderr } = await w.belt(words, inRepo({ DIGITALOCEAN_API_URL: undefined }));
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        `error: .belt.yaml:2:12: api_url would send the token from your environment to ${url}`,
        `hint: if you trust that address: export DIGITALOCEAN_API_URL=${url} (or pass the file: --config .belt.yaml)`,
      ),
    });
    expect(heard).toEqual([]);
  });

  it('is asked once the user named it', async () => {
    await w.belt('--config .belt.yaml ip node1', inRepo({ DIGITALOCEAN_API_URL: undefined }));
    expect(heard[0]).toContain(w.env['DIGITALOCEAN_ACCESS_TOKEN']);
  });
});

describe('a .belt/ of the repository', () => {
  beforeAll(() => {
    write('.belt.yaml', SETTINGS);
    const key = newKeyPair().publicKey;
    const node = { id: 1, name: 'evil1', publicAddress: '127.0.0.9', tags: ['belt', 'belt-cluster-default'] };
    write('.belt/known_hosts', `belt-1,127.0.0.9 ${key}\n`);
    write('.belt/nodes-default.json', JSON.stringify([node]));
    write('.belt/active.json', '{"default":"evil1"}');
    write('.belt/cluster', 'evil\n');
  });
  afterAll(() => rmSync(join(repo, '.belt'), { recursive: true }));

  it('chooses no host for belt docker, no host key and no cluster', async () => {
    const { code, stdout, stderr } = await w.belt('docker secret create db -', { ...inRepo(), input: 'the password' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      lines(
        `warning: ${repo}/.belt is ignored (host keys, the active node, the chosen cluster): it may have come with the folder; ` +
          'run belt in a terminal to adopt it, or: belt trust NODE',
        'error: no node is active',
        'hint: choose one: belt active node1 (or name it: belt --host node1 docker …)',
      ),
    );
    expect((await w.belt('--host evil1 docker ps', inRepo())).stderr).toContain('evil1');
    expect((await w.belt('ls -q', inRepo())).stdout).toBe('node1\n');
    expect(readFileSync(stateFile(w, 'known_hosts'), 'utf8')).not.toContain('127.0.0.9');
    expect(existsSync(join(repo, '.belt/active.json'))).toBe(true);
  });
});

describe('a key of the repository', () => {
  const env = { DIGITALOCEAN_SSH_KEY_PATH: undefined };
  let before = 0;
  beforeAll(async () => {
    before = await keysInAccount(w);
    writeKey();
  });

  it('is not added without a question, and where nobody can answer not at all', async () => {
    const { code, stdout, stderr } = await w.belt('create 512mb new1', inRepo(env));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replace(/SHA256:[\w+/]{43}/, 'KEY')).toBe(
      lines(
        `error: .belt.yaml:4:17 names the SSH key ${repo}/deploy_key (KEY), which is not in the account; ` +
          'belt asks before it adds a key named by a project, but there is no terminal to ask on',
        `hint: if it is yours: export DIGITALOCEAN_SSH_KEY_PATH=${repo}/deploy_key`,
      ),
    );
    expect([await keysInAccount(w), await names(w)]).toEqual([before, ['node1']]);
  });

  it('one that others can read is refused', async () => {
    chmodSync(join(repo, 'deploy_key'), 0o644);
    const { code, stderr } = await w.belt('create 512mb new2', inRepo(env));
    expect(code).toBe(1);
    expect(stderr).toContain(`hint: chmod 600 ${repo}/deploy_key\n`);
  });
});

describe('odd places', () => {
  it('the account is asked for once: belt docker needs no request after that', async () => {
    const first = await w.belt('--trace --host node1 docker version --format here');
    expect(first).toMatchObject({ code: 0, stdout: 'here\n' });
    expect(first.stderr).not.toContain('/v2/');
    const fresh = { env: { BELT_STATE_DIR: join(w.home, 'fresh') } };
    const asked = (text: string) => (text.match(/GET \/v2\/account /g) ?? []).length;
    expect(asked((await w.belt('--trace ls -q', fresh)).stderr)).toBe(1);
    expect(asked((await w.belt('--trace ls -q', fresh)).stderr)).toBe(0);
  });

  it('without a token, what needs none goes on', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: undefined };
    expect((await w.belt('active node1')).code).toBe(0);
    expect(await w.belt('active', { env })).toMatchObject({ code: 0, stdout: 'node1\n' });
    expect(await w.belt('docker version --format here', { env })).toMatchObject({ code: 0, stdout: 'here\n' });
  });
});
