// The cache of image layers: what is missing, what is of an old recipe, and how one gets there.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingLayers } from '../../../src/sandbox/images/build.ts';
import { cacheFolder, library } from '../../../src/sandbox/images/library.ts';
import { folderNames, RECIPES, type Recipe } from '../../../src/sandbox/images/recipes.ts';
import { listLayers, outdated, removeLayers } from '../../../src/sandbox/images/store.ts';

const recipe = (name: string, on: string[], script: string): Recipe => ({ name, on, from: [], script, seconds: 1 });

describe('the folder of a layer', () => {
  const below = recipe('below', [], 'one');
  const above = recipe('above', ['below'], 'two');

  it('is another one when its recipe changes, or that of one below it, and no other one', () => {
    const named = folderNames([below, above]);
    const changed = folderNames([recipe('below', [], 'another'), above]);
    expect(changed.get('below')).not.toBe(named.get('below'));
    expect(changed.get('above')).not.toBe(named.get('above'));
    expect(folderNames([below, recipe('above', ['below'], 'another')]).get('below')).toBe(named.get('below'));
    expect(folderNames([below, { ...above, seconds: 9 }])).toEqual(named);
  });

  it('comes after those that it needs', () => {
    for (const [n, { on, from }] of RECIPES.entries()) {
      const earlier = RECIPES.slice(0, n).map(({ name }) => name);
      expect([...on, ...from].filter((need) => !earlier.includes(need))).toEqual([]);
    }
  });
});

describe('the cache', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'belt-images-'));
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));
  const folder = (name: string) => folderNames().get(name)!;

  it('lists what is built, missing and outdated', async () => {
    for (const name of [folder('base-trixie'), 'base-trixie-0123456789ab', 'notes']) mkdirSync(join(cache, name));
    const layers = await listLayers(cache);
    expect(layers.filter(({ name }) => name === 'base-trixie').map(({ state }) => state)).toEqual([
      'built',
      'outdated',
    ]);
    expect(layers.find(({ name }) => name === 'repository')).toEqual({
      name: 'repository',
      state: 'missing',
      sizeMiB: 0,
    });
    expect(missingLayers(cache).map(({ name }) => name)).not.toContain('base-trixie');
  });

  it('loses the outdated alone, or all layers, and nothing else that is there', () => {
    for (const name of [folder('base-trixie'), 'base-trixie-0123456789ab', 'notes']) mkdirSync(join(cache, name));
    expect(removeLayers(cache, outdated(cache))).toBe(1);
    expect(existsSync(join(cache, folder('base-trixie')))).toBe(true);
    expect(removeLayers(cache)).toBe(1);
    expect(existsSync(join(cache, 'notes'))).toBe(true);
  });

  it('is where BELT_IMAGES_DIR says, or in the cache of the user', () => {
    expect(cacheFolder({}, '/home/me')).toBe('/home/me/.cache/belt/images');
    expect(cacheFolder({ XDG_CACHE_HOME: '/cache' }, '/home/me')).toBe('/cache/belt/images');
    expect(cacheFolder({ BELT_IMAGES_DIR: '/images' }, '/home/me')).toBe('/images');
    expect(library('/images').file('repository', 'tls/ca.crt')).toBe(`/images/${folder('repository')}/tls/ca.crt`);
  });
});
