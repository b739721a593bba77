import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
const FILE = `digitalocean: {region: sgp1, image: ubuntu-24-04-x64, size: 1gb}
cluster: {name: shop-with-long-name, managers: {nodes: "manager[1:3]"}, workers: {nodes: "shop-with-worker[1:2]"}}
`;

beforeAll(async () => {
  await w.sandbox();
  w.write('.belt.yaml', FILE);
  await w.belt('up --yes');
});
afterAll(() => w.end());

test('what was asked for and does not fit is named; a pipe and a list without --wide have nothing to say', async () => {
  const { stderr } = await w.belt('ls --wide', { terminal: true });
  expect(stderr.replaceAll(/\s+/g, ' ')).toBe(
    'the terminal is too narrow for ID, Private IPv4, Region, Size, Image, Tags; all columns: belt ls --wide | less -S ',
  );
  expect((await w.belt('ls --wide')).stderr).toBe('');
  expect((await w.belt('ls', { terminal: true })).stderr).toBe('');
});

test.each(['ls --wide', 'ls --all', 'cluster show', 'orphans'])(
  'belt %s has no row that is wider than the terminal',
  async (words) => {
    // Elsewhere, nobody knows the cluster.
    const env = words === 'orphans' ? { BELT_STATE_DIR: `${w.home}/other` } : {};
    if (words === 'orphans') w.write('.belt.yaml', FILE.replace('shop-with-long-name', 'other'));
    const { stdout } = await w.belt(words, { terminal: true, env });
    const rows = stdout.split('\n').filter((line) => line.includes('shop-with-worker'));
    expect(rows).toHaveLength(2);
    expect(rows.filter((line) => line.length > 80)).toEqual([]);
    const piped = (await w.belt(words, { env })).stdout.split('\n');
    expect(piped[words === 'cluster show' ? 1 : 0]).toMatch(/\bID\b/);
  },
);
