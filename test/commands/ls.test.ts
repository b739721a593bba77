// `belt ls`; what create gave its rows is in create.test.ts, long lists are in paging.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { api, lines } from '../support/probe.ts';

describe('belt ls', () => {
  const w = world();
  beforeAll(() => w.sandbox());
  afterAll(() => w.end());

  const HEADER = 'ID              Name    Public IPv4     Status  Tags';

  test('of nothing: the header, and what to do', async () => {
    expect(await w.belt('ls')).toEqual({
      code: 0,
      stdout: lines(HEADER),
      stderr: 'no droplets in cluster default; create some: belt create SIZE node[1:3]\n',
    });
    expect(await w.belt('ls --json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  test('its droplets in natural order, and no others', async () => {
    await w.belt('create 512mb node10 node2 --tag web');
    await api(w, 'POST', '/v2/droplets', {
      ...{ name: 'theirs', region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' },
    });
    const stdout = lines(
      HEADER,
      '18511682        node2   127.1.0.2       active  web',
      '18511681        node10  127.1.0.1       active  web',
    );
    expect(await w.belt('ls')).toEqual({ code: 0, stdout, stderr: '' });
    expect(await w.belt('ls @tag:web')).toEqual({ code: 0, stdout, stderr: '' });
    expect(await w.belt('ls -q --all')).toEqual({ code: 0, stdout: lines('node2', 'node10', 'theirs'), stderr: '' });
  });

  test('of another cluster', async () => {
    expect(await w.belt('ls -q', { env: { BELT_CLUSTER: 'other' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        'error: there is no cluster other (BELT_CLUSTER)',
        'hint: see: belt cluster ls · belt cluster new other',
      ),
    });
  });
});

describe('nodes that the file lists and that have no droplet', () => {
  const w = world();
  const file = (workers: string) =>
    lines(
      'digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}',
      'cluster: {name: shop, managers: {nodes: m1, size: s-1vcpu-1gb}, workers: {nodes: "WORKERS", size: s-1vcpu-1gb}}'.replace(
        'WORKERS',
        workers,
      ),
    );
  beforeAll(async () => {
    await w.sandbox();
    w.write('.belt.yaml', file('w1'));
    expect((await w.belt('up --yes')).code).toBe(0);
    w.write('.belt.yaml', file('w[1:3]'));
  });
  afterAll(() => w.end());

  test('are told below the list, and programs get the droplets alone', async () => {
    const told = 'w[2:3] are in .belt.yaml and have no droplet; create them: belt up\n';
    expect((await w.belt('ls')).stderr).toBe(told);
    expect(await w.belt('ls -q')).toEqual({ code: 0, stdout: lines('m1', 'w1'), stderr: '' });
    expect((await w.belt('ls --json')).stderr).toBe('');
    expect((await w.belt('ls w1')).stderr).toBe('');
  });

  test.each(['exec w2 -- uptime', 'ip w2', 'inspect w2', 'active w2', '--host w2 docker ps', 'rm -y w2', 'ls w2'])(
    'belt %s says so, and proposes no other',
    async (words) => {
      expect(await w.belt(words)).toEqual({
        code: 2,
        stdout: '',
        stderr: lines('error: w2 has no droplet', 'hint: .belt.yaml lists it; create it: belt up'),
      });
    },
  );

  test('also of a range; one that nothing lists is still guessed', async () => {
    expect((await w.belt('exec w[1:3] -- uptime')).stderr).toBe(
      lines('error: w[2:3] have no droplet', 'hint: .belt.yaml lists them; create them: belt up'),
    );
    expect((await w.belt('ip w11')).stderr).toContain('did you mean w1');
  });
});
