// Runs that cannot end well: what is known before is told before anything is made, and what was made is removed again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../support/belt.ts';
import { apart } from '../support/coming-up.ts';
import { api, breakIt, lines, mend, names, posts, writes } from '../support/probe.ts';

describe('user data that DigitalOcean would not take', () => {
  const w = world();
  beforeAll(() => w.sandbox());
  afterAll(() => w.end());

  it('create refuses it before it adds a key, and asks for nothing', async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04}\n');
    await api(w, 'DELETE', '/v2/account/keys/816630');
    w.write('huge.sh', `#!/bin/sh\n# ${'x'.repeat(70_000)}\n`);
    const before = (await w.status()).requests.total;
    const { code, stderr } = await w.belt('create 512mb node1 --user-data huge.sh');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^error: huge\.sh is too large: 7\d{4} bytes with belt's part/),
    });
    expect((await w.status()).requests.total).toBe(before);
  });

  it('up refuses it before it adds a key or makes the VPC and the firewall', async () => {
    w.write(
      '.belt.yaml',
      `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  vpc: shop
  firewall: {open: [80]}
  engine: {labels: {tier: ${'x'.repeat(70_000)}}}
`,
    );
    const before = await writes(w);
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, error: stderr.slice(stderr.indexOf('error:')) }).toEqual({
      code: 2,
      error: expect.stringMatching(
        /^error: the user data is too large: \d+ bytes, and DigitalOcean's limit is 65536\nhint: shorten engine: of the cluster; all of it is sent to each droplet\n$/,
      ),
    });
    expect(await writes(w)).toBe(before);
  });
});

describe('create --rollback', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    expect((await w.belt('create 512mb old1')).code).toBe(0);
  });
  afterAll(() => w.end());

  it('removes all that a run that failed made, and what was there before stays', async () => {
    await breakIt(w, 'no-ssh@node2');
    const { code, stdout, stderr } = apart(
      await w.belt('create 512mb old1 node[1:3] --missing --rollback --timeout 4'),
    );
    await mend(w);
    expect({ code, stdout, stderr: stderr.replace(/\(127\.\S+\)/, '(ADDRESS)') }).toEqual({
      code: 3,
      stdout: '',
      stderr: lines(
        'rolled back: 3 of 3 droplets deleted',
        'error: 1 of 4 failed: node2',
        '  node2 (ADDRESS): not reachable in time: connection refused',
        'hint: run the same command again',
      ),
    });
    expect(await names(w)).toEqual(['old1']);
    expect(await w.belt('create 512mb node[1:3]')).toMatchObject({ code: 0 });
    expect(await w.belt('rm -y node[1:3]')).toMatchObject({ code: 0 });
  });

  it('removes nothing of a run that ended well', async () => {
    expect(apart(await w.belt('create 512mb node1 --rollback'))).toMatchObject({ code: 0, stderr: '' });
    expect(await names(w)).toEqual(['node1', 'old1']);
    expect(await w.belt('rm -y node1')).toMatchObject({ code: 0 });
  });

  it('what it may not remove is told', async () => {
    await breakIt(w, 'no-ssh@node2');
    await breakIt(w, '500=always@DELETE/v2/droplets');
    const { code, stderr } = apart(await w.belt('create 512mb node2 --rollback --timeout 4'));
    await mend(w);
    expect({
      code,
      stderr: stderr.replace(/\(127\.\S+\)/, '(ADDRESS)').replace(/droplets\/\d+/, 'droplets/ID'),
    }).toEqual({
      code: 3,
      stderr: lines(
        'rolled back: 0 of 1 droplets deleted',
        'error: 1 of 1 failed: node2',
        '  node2 (ADDRESS): not reachable in time: connection refused',
        '  node2: DigitalOcean: Unexpected server-side error (DELETE /v2/droplets/ID: 500)',
        'hint: run the same command again',
      ),
    });
    expect(await names(w)).toEqual(['node2', 'old1']);
  });

  it('where nothing could be made there is nothing to remove', async () => {
    await breakIt(w, 'errored=2');
    const before = await posts(w);
    const { code, stderr } = apart(await w.belt('create 512mb node[5:6] --rollback'));
    await mend(w);
    expect({ code, posts: (await posts(w)) - before }).toEqual({ code: 3, posts: 1 });
    expect(stderr).toContain(
      lines(
        'error: 2 of 2 failed: node[5:6]',
        '  node[5:6]: the droplet is gone: DigitalOcean failed to make it, or somebody deleted it',
      ),
    );
    expect(await names(w)).toEqual(['node2', 'old1']);
  });
});
