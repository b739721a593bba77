import { expect, test } from 'vitest';
import { load, loadYaml, refusal } from './fixture.ts';

const YAML = 'cluster: {name: web}\n';
const files = (choice: string) => ({
  '/home/ann/app/.belt.yaml': YAML,
  '/home/ann/app/.belt/cluster': choice,
});

test('the choice beats the file, and BELT_CLUSTER beats the choice', async () => {
  expect((await load({ files: files('shop\n') })).settings).toMatchObject({ cluster: 'shop', fileCluster: 'web' });
  expect((await load({ files: files('shop\n'), env: { BELT_CLUSTER: 'test' } })).settings.cluster).toBe('test');
  expect((await loadYaml(YAML)).settings).toMatchObject({ cluster: 'web', fileCluster: 'web' });
});

test('the choice is looked for in the state folder in use', async () => {
  const given = { ...files('shop\n'), '/state/cluster': 'other\n' };
  expect((await load({ files: given, env: { BELT_STATE_DIR: '/state' } })).settings.cluster).toBe('other');
  expect((await load({ files: given, env: { BELT_STATE_DIR: '/empty' } })).settings.cluster).toBe('web');
});

test('without a file there may be a choice too', async () => {
  const { settings } = await load({ files: { '/home/ann/.belt/cluster': 'shop\n' } });
  expect([settings.cluster, settings.fileCluster]).toEqual(['shop', undefined]);
});

test('a broken choice is refused, unless BELT_CLUSTER says otherwise; an empty one is none', async () => {
  expect(await refusal(load({ files: files('a b') }))).toBe(
    '/home/ann/app/.belt/cluster names no cluster\nremove it, then choose again: belt cluster use NAME',
  );
  expect((await load({ files: files('a b'), env: { BELT_CLUSTER: 'test' } })).settings.cluster).toBe('test');
  expect((await load({ files: files('\n') })).settings.cluster).toBe('web');
});
