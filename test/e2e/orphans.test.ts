// `belt orphans` after a `create` that was killed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakIt, mend, names, stateFile, until } from '../support/probe.ts';
import { world } from './world.ts';

const CONFIG = 'digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}\n';

describe('what a run that was killed made', () => {
  const w = world();
  const runs = () => stateFile(w, 'runs');
  beforeAll(async () => {
    w.write('.belt.yaml', CONFIG);
    await w.sandbox();
    expect((await w.belt('create 1gb node[1:2]')).code).toBe(0);
  });
  afterAll(() => w.end());

  it('is told, with the command that finishes it', async () => {
    // It is not done before it is killed.
    await breakIt(w, 'engine-late=10@node4');
    const { child, outcome } = w.start('create 1gb node3 node4');
    await until('node4 is made', async () => (await names(w)).includes('node4'));
    child.kill('SIGKILL');
    expect((await outcome).code).toBe(137);
    await mend(w);
    const [record] = readdirSync(runs());
    const { stdout, code } = await w.belt('orphans --json');
    const { orphans, usd } = JSON.parse(stdout);
    expect({ code, usd: usd.monthly }).toEqual({ code: 4, usd: 12 });
    expect(orphans.map(({ name, why }: { name: string; why: string[] }) => [name, why])).toEqual([
      ['node3', ['interrupted run']],
      ['node4', ['interrupted run']],
    ]);
    expect(readFileSync(join(runs(), record!), 'utf8')).toContain('"cluster":"default"');
    const { stderr } = await w.belt('orphans');
    expect(stderr).toMatch(/^default: finish: belt create SIZE 'node\[3:4\]' --missing · remove: belt rm \d+ \d+$/m);
    const finish = await w.belt('create 1gb node3 node4 --missing');
    expect(finish.code).toBe(0);
    expect((await w.belt('orphans')).code).toBe(0);
  });
});
