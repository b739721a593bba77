import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLUSTER_KEYS } from '../../../src/config/cluster/keys.ts';
import { readCluster } from '../../../src/config/cluster/read.ts';
import { KEYS } from '../../../src/config/keys.ts';
import { loadYaml } from './fixture.ts';

const example = readFileSync(new URL('../../../.belt.yaml.example', import.meta.url), 'utf8');
// A key that is commented out has no space behind its #; prose has one.
const uncommented = example.replace(/^( *)#(?=\w+:)/gm, '$1');

test('the example loads as it stands, without warnings', async () => {
  const { settings, warnings } = await loadYaml(example, { mode: 0o644 });
  expect(warnings).toEqual([]);
  expect(settings).toMatchObject({
    region: 'sgp1',
    image: 'ubuntu-24-04-x64',
    sshUser: 'root',
    sshKeyFingerprints: ['816630'],
  });
});

test('the example shows every key there is, and no other', async () => {
  const shown = [...uncommented.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  expect(shown.sort()).toEqual([...KEYS.map(({ name }) => name), ...CLUSTER_KEYS].sort());
});

test('with every key in force it loads without warnings', async () => {
  const { settings, warnings } = await loadYaml(uncommented);
  expect(warnings).toEqual([]);
  expect(KEYS.filter(({ setting }) => settings[setting] === undefined)).toEqual([]);
});

test('its cluster is one that can be made', () => {
  const { spec, warnings } = readCluster({ text: uncommented, shown: '.belt.yaml' });
  expect(warnings).toEqual([]);
  expect(spec.groups.map(({ role, names }) => [role, names.length])).toEqual([
    ['manager', 3],
    ['worker', 6],
    ['worker', 2],
  ]);
});

test.each(KEYS)('the example says of $name what it is, its variable and its default', ({ about, env, fallback }) => {
  const prose = example.replace(/\n *# */g, ' ').toLowerCase();
  expect(prose).toContain(about.toLowerCase());
  const byDefault = fallback === undefined || Array.isArray(fallback) ? 'no default' : `default ${fallback}`;
  expect(example).toMatch(new RegExp(`# +${env}\\b[^,]*, ${byDefault.replaceAll('.', '\\.')}$`, 'm'));
});
