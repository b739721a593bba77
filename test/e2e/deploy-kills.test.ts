// `belt deploy` killed after each request that changes the swarm; the same command again does the rest.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster: {name: main, managers: {nodes: m1}}
`;
const stack = (text: string) => `
name: shop
services:
  web: {image: "nginx:1.27", configs: [page], secrets: [word]}
  db: {image: "redis:7"}
configs: {page: {content: "${text}"}}
secrets: {word: {content: "${text}-made-up"}}
`;
const HOOK = fileURLToPath(new URL('./die-at.mjs', import.meta.url));
const LINES = ['service', 'network', 'config', 'secret'] as const;

describe('deploy, killed and run again', () => {
  let w: World;
  beforeAll(async () => {
    w = world();
    w.write('.belt.yaml', CLUSTER);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  const deploy = (words = '', env: Record<string, string> = {}) => w.belt(`deploy --detach ${words}`, { env });
  /** How many there are of each kind of the stack: what `stack rm` would remove. */
  const counts = async () => {
    const { code, stdout } = await w.belt('stack rm shop');
    expect(code).toBe(2);
    return Object.fromEntries(LINES.map((kind) => [kind, stdout.match(new RegExp(`^- ${kind} `, 'gm'))?.length]));
  };

  async function killedAtEach(before: string | undefined, after: string, expected: Record<string, number>) {
    for (let at = 1; ; at++) {
      await w.belt('stack rm shop --yes');
      if (before !== undefined) {
        w.write('compose.yaml', before);
        expect((await deploy()).code).toBe(0);
      }
      w.write('compose.yaml', after);
      const died = await deploy('', { NODE_OPTIONS: `--import ${HOOK}`, DIE_AT: String(at) });
      if (died.code === 0) {
        expect(at).toBeGreaterThan(3);
        break;
      }
      expect(died.code).toBe(137);
      const again = await deploy();
      expect([at, again.code, again.stderr]).toEqual([at, 0, expect.anything()]);
      expect(await w.belt('deploy --plan')).toMatchObject({ code: 0, stdout: '' });
      expect([at, await counts()]).toEqual([at, expected]);
    }
  }

  it('as it creates a stack', async () => {
    await killedAtEach(undefined, stack('one'), { service: 2, network: 1, config: 2, secret: 1 });
  }, 300_000);

  it('as it changes one: what was before can still be gone back to', async () => {
    await killedAtEach(stack('one'), stack('two').replace('redis:7', 'redis:8'), {
      service: 2,
      network: 1,
      config: 3,
      secret: 2,
    });
  }, 300_000);
});
