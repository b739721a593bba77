import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chosenCluster, setChosenCluster } from '../../../src/config/projects.ts';
import { load, loadYaml } from './fixture.ts';

const YAML = 'cluster: {name: web}\n';

test('the choice beats the file, and BELT_CLUSTER beats the choice', async () => {
  const chosen = { '/home/ann/app': 'shop' };
  expect((await loadYaml(YAML, { chosen })).settings).toMatchObject({ cluster: 'shop', fileCluster: 'web' });
  expect((await loadYaml(YAML, { chosen, env: { BELT_CLUSTER: 'test' } })).settings.cluster).toBe('test');
  expect((await loadYaml(YAML)).settings).toMatchObject({ cluster: 'web', fileCluster: 'web' });
});

test('without a file there may be a choice too', async () => {
  const { settings } = await load({ chosen: { '/home/ann': 'shop' } });
  expect([settings.cluster, settings.fileCluster]).toEqual(['shop', undefined]);
});

describe('what is kept of it', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'belt-chosen-'));
    for (const name of ['one', 'two', 'state']) mkdirSync(join(root, name), { mode: 0o700 });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const at = (project: string) => ({ stateFolder: join(root, 'state'), projectFolder: join(root, project) });

  test('it holds for its project, whichever way leads there, and for no other', () => {
    setChosenCluster(at('one'), 'shop');
    symlinkSync(join(root, 'one'), join(root, 'link'));
    expect(['one', 'link', 'two'].map((project) => chosenCluster(at(project)))).toEqual(['shop', 'shop', undefined]);
    setChosenCluster(at('link'), undefined);
    expect(chosenCluster(at('one'))).toBe(undefined);
  });

  const broken = () => ({
    text: [
      '{"/"',
      '[]',
      '[null]',
      'null',
      '5',
      '"x"',
      '',
      '\0'.repeat(10_000_000),
      JSON.stringify({ [join(root, 'one')]: { cluster: 'a b' } }),
      JSON.stringify({ [join(root, 'one')]: { cluster: 5 } }),
      JSON.stringify({ [join(root, 'one')]: { cluster: '../x' } }),
    ],
  });

  test('a damaged one is an error: another cluster must not be worked on by accident', () => {
    for (const text of broken().text) {
      writeFileSync(join(root, 'state', 'projects.json'), text);
      expect(() => chosenCluster(at('one')), text.slice(0, 60)).toThrow(
        `${join(root, 'state', 'projects.json')} is corrupt: it does not say which cluster was chosen`,
      );
    }
    for (const kept of [null, 5, 'x', [], {}]) {
      writeFileSync(join(root, 'state', 'projects.json'), JSON.stringify({ [join(root, 'one')]: kept }));
      expect(chosenCluster(at('one'))).toBe(undefined);
    }
  });
});
