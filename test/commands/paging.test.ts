// More droplets than a page of DigitalOcean's lists holds.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { api, lines } from '../support/probe.ts';

const COUNT = 450;
const NAMES = Array.from({ length: COUNT }, (_, index) => `node${index + 1}`);

describe(`an account with ${COUNT} droplets of belt's and others`, () => {
  const w: World = world();
  beforeAll(async () => {
    await w.sandbox(`--boot-seconds 0 --api-latency 0 --droplets ${COUNT}`);
    await api(w, 'POST', '/v2/droplets', {
      ...{ names: ['theirs', 'node7b'], region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' },
    });
  });
  afterAll(() => w.end());

  it('belt ls shows each of its own once, in natural order, in three requests', async () => {
    const before = (await w.status()).requests.byEndpoint['GET /v2/droplets'] ?? 0;
    expect(await w.belt('ls -q')).toEqual({ code: 0, stdout: lines(...NAMES), stderr: '' });
    expect((await w.status()).requests.byEndpoint['GET /v2/droplets']).toBe(before + 3);
    const { stdout } = await w.belt('ls');
    expect(new Set(stdout.match(/^\d+/gm)).size).toBe(COUNT);
  });

  it('belt ls --all shows those of others too', async () => {
    const expected = [...NAMES.slice(0, 7), 'node7b', ...NAMES.slice(7), 'theirs'];
    expect((await w.belt('ls --all -q')).stdout).toBe(lines(...expected));
  });

  it('a name on the last page is found, and one that is not there has its neighbours named', async () => {
    expect((await w.belt('ls -q node[449:450]')).stdout).toBe(lines('node449', 'node450'));
    expect((await w.belt('ip node451')).stderr).toMatch(
      /^error: there is no node "node451"\nhint: did you mean node\d+, node\d+, node\d+\?\n$/,
    );
  });

  it('names that exist are known before anything is made, whatever page they are on', async () => {
    expect(await w.belt('create 512mb node[440:460]')).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        'error: node[440:450] already exist',
        'hint: choose other names, or create only the missing ones: --missing',
      ),
    });
  });
});
