import { expect, test, vi } from 'vitest';

const loaded = vi.hoisted(() => ({ yaml: 0 }));
vi.mock('yaml', async (original) => {
  loaded.yaml += 1;
  return await original<typeof import('yaml')>();
});

test('the YAML parser is loaded only when there is a file to read', async () => {
  // Other tests have it loaded already.
  vi.resetModules();
  const { load, loadYaml } = await import('./fixture.ts');
  await load({ env: { DIGITALOCEAN_REGION: 'sgp1' } });
  expect(loaded.yaml).toBe(0);
  await loadYaml('digitalocean: {}');
  expect(loaded.yaml).toBe(1);
});
