// What a folder that was cloned may decide: a repository with a .belt.yaml and a .belt/ of somebody else's, met as a user meets it.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, names, stateFile } from './probe.ts';
import { terminal } from './terminal.ts';
import { world } from './world.ts';

const w = world();
const SETTINGS = 'digitalocean: {region: sgp1, image: docker-20-04}\n';
let repo = '';
beforeAll(async () => {
  await w.sandbox();
  w.write('.belt.yaml', SETTINGS);
  expect((await w.belt('create 512mb node1')).code).toBe(0);
  repo = join(w.home, 'repo');
  mkdirSync(repo);
});
afterAll(() => w.end());

const write = (name: string, text: string, mode = 0o644) => {
  mkdirSync(join(repo, name, '..'), { recursive: true });
  writeFileSync(join(repo, name), text, { mode });
  chmodSync(join(repo, name), mode);
};
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
    const key = ssh2.utils.generateKeyPairSync('ed25519').public.split(' ').slice(0, 2).join(' ');
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

  it('on a terminal the user is asked about it, once', async () => {
    const at = terminal(w, `cd ${repo}; belt ls -q; belt ls -q`);
    await at.shows('If so, it is moved.');
    at.type('n\r');
    expect(await at.ended).toBe(0);
    expect(at.screen().split('it is moved.').length).toBe(2);
    expect(at.screen().match(/^node1\r$/gm)).toHaveLength(2);
  });
});

describe('a key of the repository', () => {
  const env = { DIGITALOCEAN_SSH_KEY_PATH: undefined };
  const inAccount = async () => {
    const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token } = w.env;
    const answer = await fetch(`${url}/v2/account/keys`, { headers: { authorization: `Bearer ${token}` } });
    return ((await answer.json()) as { ssh_keys: unknown[] }).ssh_keys.length;
  };
  let before = 0;
  beforeAll(async () => {
    before = await inAccount();
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'deploy' });
    write('.belt.yaml', 'digitalocean:\n  region: sgp1\n  image: docker-20-04\n  ssh_key_path: deploy_key\n');
    write('deploy_key', pair.private, 0o600);
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
    expect([await inAccount(), await names(w)]).toEqual([before, ['node1']]);
  });

  it('a no on a terminal adds nothing, a yes does', async () => {
    const line = `cd ${repo}; unset DIGITALOCEAN_SSH_KEY_PATH; belt create 512mb new1`;
    const no = terminal(w, line);
    await no.shows('new droplets as root?');
    no.type('n\r');
    expect(await no.ended).toBe(1);
    expect([await inAccount(), await names(w)]).toEqual([before, ['node1']]);
    const yes = terminal(w, line);
    await yes.shows('new droplets as root?');
    yes.type('y\r');
    expect(await yes.ended).toBe(0);
    expect(await inAccount()).toBe(before + 1);
  });

  it('one that others can read is refused', async () => {
    chmodSync(join(repo, 'deploy_key'), 0o644);
    const { code, stderr } = await w.belt('create 512mb new2', inRepo(env));
    expect(code).toBe(1);
    expect(stderr).toContain(`hint: chmod 600 ${repo}/deploy_key\n`);
  });
});

describe('odd places', () => {
  it.runIf(process.platform === 'linux')('--config takes a pipe, which is read once', async () => {
    const line = `bash -c 'belt --config <(cat .belt.yaml) cluster new piped && belt --config <(cat .belt.yaml) plan -q'`;
    const { code, stderr } = await w.shell(line, { timeoutMs: 20_000 });
    expect({ code, stderr }).toMatchObject({
      stderr: expect.stringContaining('described in .belt/clusters/piped.yaml'),
    });
    expect([2, 4]).toContain(code);
    rmSync(join(w.cwd, '.belt'), { recursive: true });
    await w.belt('cluster use default');
  });

  it('a current folder that was deleted is one clear line', async () => {
    const { code, stderr } = await w.shell('mkdir gone && cd gone && rmdir ../gone && belt ls');
    expect(code).toBe(2);
    expect(stderr).toContain('the current folder no longer exists');
  });

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
