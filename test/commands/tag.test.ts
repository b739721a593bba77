import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { gate } from '../support/gate.ts';
import { api, breakIt, droplet, info, lines, mend, until, writes } from '../support/probe.ts';

describe('belt tag', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:3]');
  });
  afterAll(() => w.end());
  afterEach(() => mend(w));

  /** The tags that are not belt's, as the account has them. */
  async function tagsOf(name: string): Promise<string[]> {
    const { id } = await droplet(w, name);
    const answer = (await api(w, 'GET', `/v2/droplets/${id}`)) as { droplet: { tags: string[] } };
    return answer.droplet.tags.filter((tag) => !tag.startsWith('belt'));
  }
  const said = (...texts: string[]) => ({ code: 0, stdout: lines(...texts), stderr: '' });

  test('adds it, and says of which nodes nothing had to be changed', async () => {
    expect(await w.belt('tag node[1:2] web')).toEqual(said('node1: tagged web', 'node2: tagged web'));
    expect(await w.belt('tag @all web')).toEqual(
      said(
        'node1: unchanged, it is tagged web already',
        'node2: unchanged, it is tagged web already',
        'node3: tagged web',
      ),
    );
    expect(await w.belt('ls -q @tag:web')).toEqual(said('node1', 'node2', 'node3'));
  });

  test('in another case it is the same tag, and nothing is sent', async () => {
    const before = await writes(w);
    expect(await w.belt('tag node1 WEB')).toEqual(said('node1: unchanged, it is tagged WEB already'));
    expect(await writes(w)).toBe(before);
  });

  test('one that the account has in another spelling is put on, and taken off again', async () => {
    await api(w, 'POST', '/v2/tags', { name: 'PROD' });
    expect(await w.belt('tag node1 prod')).toEqual(said('node1: tagged prod'));
    expect(await tagsOf('node1')).toContain('PROD');
    expect(await w.belt('tag node1 Prod --remove')).toEqual(said('node1: no longer tagged Prod'));
    expect(await tagsOf('node1')).not.toContain('PROD');
  });

  test('--remove takes it off', async () => {
    expect(await w.belt('tag node[1:2] web --remove')).toEqual(
      said('node1: no longer tagged web', 'node2: no longer tagged web'),
    );
    expect(await w.belt('tag node[2:3] web --remove')).toEqual(
      said('node2: unchanged, it is not tagged web', 'node3: no longer tagged web'),
    );
    expect(await w.belt('tag node1 never --remove')).toEqual(said('node1: unchanged, it is not tagged never'));
    expect(await tagsOf('node1')).toEqual([]);
  });

  test('--json: a document with every node', async () => {
    await w.belt('tag node1 env:prod');
    const { stdout, ...end } = await w.belt('tag node[1:2] env:prod --json');
    expect({ ...end, stdout: JSON.parse(stdout) }).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        { id: (await droplet(w, 'node1')).id, name: 'node1', tag: 'env:prod', change: 'unchanged' },
        { id: (await droplet(w, 'node2')).id, name: 'node2', tag: 'env:prod', change: 'added' },
      ],
    });
    expect(JSON.parse((await w.belt('tag node1 env:prod --remove --json')).stdout)).toMatchObject([
      { change: 'removed' },
    ]);
  });

  test.each(['belt', 'BELT', 'belt-cluster-other', 'Belt-Run-1'])("%s is belt's own", async (tag) => {
    const before = await writes(w);
    for (const more of ['', ' --remove']) {
      expect(await w.belt(`tag node1 ${tag}${more}`)).toEqual({
        code: 2,
        stdout: '',
        stderr: lines(
          `error: the tag "${tag}" is belt's own: belt finds its droplets by it`,
          'hint: choose a tag other than belt, belt-cluster-* and belt-run-*',
        ),
      });
    }
    expect(await writes(w)).toBe(before);
  });

  test('belted is not', async () => {
    expect(await w.belt('tag node1 belted')).toEqual(said('node1: tagged belted'));
    expect(await w.belt('tag node1 belted --remove')).toEqual(said('node1: no longer tagged belted'));
  });

  test.each(['a b', '', 'ü', 'a/b', 'x'.repeat(256)])('"%s" is no tag', async (tag) => {
    expect(await w.belt(['tag', 'node1', tag])).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        `error: invalid tag "${tag}"`,
        'hint: a tag is made of at most 255 letters, digits, ":", "-" and "_"',
      ),
    });
  });

  test('nodes that there are not, and words that leave none', async () => {
    expect(await w.belt('tag node[3:4] web')).toEqual({
      code: 2,
      stdout: '',
      stderr: lines('error: there is no node "node4"', 'hint: there are node[1:3]'),
    });
    expect(await w.belt('tag node1,!node1 web')).toEqual({
      code: 2,
      stdout: '',
      stderr: lines('error: no node matches node1,!node1', 'hint: see: belt ls'),
    });
  });

  test('a droplet that only carries the tag of the cluster is left alone, and the others are tagged', async () => {
    const order = { region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04', ssh_keys: [816630] };
    await api(w, 'POST', '/v2/droplets', { ...order, name: 'theirs', tags: ['belt-cluster-default'] });
    expect(await w.belt('tag node1,theirs db')).toEqual({
      code: 3,
      stdout: 'node1: tagged db\n',
      stderr: lines(
        'error: 1 of 2 failed: theirs',
        '  theirs was not created by belt (change its tags in the control panel)',
      ),
    });
    expect(await tagsOf('theirs')).toEqual([]);
    await api(w, 'DELETE', `/v2/droplets/${(await droplet(w, 'theirs')).id}`);
  });

  test('a token without the right: told once, and nothing is changed', async () => {
    const hint =
      'hint: create one that has it (full access has all) at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';
    const refused = (right: string) => ({
      code: 1,
      stderr: lines(`error: the token lacks the right ${right}`, hint),
    });
    const env = { DIGITALOCEAN_ACCESS_TOKEN: info(w).readOnlyToken };
    expect(await w.belt('tag node[1:2] cache', { env })).toEqual({ ...refused('tag:create'), stdout: '' });
    await w.belt('tag node[1:2] env:prod');
    await breakIt(w, '403=always@DELETE/v2/tags');
    expect(await w.belt('tag node[1:2] env:prod --remove')).toMatchObject(refused('tag:delete or droplet:update'));
  });

  test.each(['500-after', 'drop-after', '500'])('%s: after an unclear answer it is asked again', async (fault) => {
    await breakIt(w, `${fault}@POST/v2/tags`);
    await breakIt(w, `${fault}@POST/v2/tags/again/resources`);
    expect(await w.belt('tag node1 again')).toEqual(said('node1: tagged again'));
    await breakIt(w, `${fault}@DELETE/v2/tags`);
    expect(await w.belt('tag node1 again --remove')).toEqual(said('node1: no longer tagged again'));
  });

  test('a node that is deleted meanwhile has failed, and the others are tagged', async () => {
    const { id } = await droplet(w, 'node2');
    const before = async ({ method, path }: { method: string; path: string }) => {
      if (method !== 'POST' || path !== '/v2/tags') return;
      await api(w, 'DELETE', `/v2/droplets/${id}`);
      await until('it is gone', async () => (await w.status()).droplets.every((one) => one.id !== id));
    };
    const { env, close } = await gate(w, { before });
    const end = await w.belt('tag node[1:3] late', { env });
    close();
    expect(end).toEqual({
      code: 3,
      stdout: lines('node1: tagged late', 'node3: tagged late'),
      stderr: lines('error: 1 of 3 failed: node2', '  node2 no longer exists (see: belt ls)'),
    });
  });
});
