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
