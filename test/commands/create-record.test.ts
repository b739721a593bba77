// What `belt create` writes down before it asks for droplets, so that the next run knows of them whatever becomes of this one.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunOptions, type Started, world } from '../support/belt.ts';
import { type Gate, type GateHooks, gate, isPost } from '../support/gate.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { api, names, until } from '../support/probe.ts';

const w = world();
let at: Gate;
const hooks: GateHooks = {};
const start = (words: string, env: RunOptions['env'] = at.env): Started => w.start(words, { env });
const belt = (words: string) => start(words).outcome;

beforeAll(async () => {
  await w.sandbox();
  at = await gate(w, { before: (request) => hooks.before?.(request), after: (request) => hooks.after?.(request) });
  expect((await belt('create 512mb first')).code).toBe(0);
});
afterAll(async () => {
  at?.close();
  await w.end();
});

interface Kept {
  inFlight: string[];
  made: number[];
  hostKey: string;
}

/** The records of runs that are not done, in the state of the account of this world's gate. */
function records(): Kept[] {
  const accounts = JSON.parse(readFileSync(`${w.env['BELT_STATE_DIR']}/accounts.json`, 'utf8')) as {
    last: Record<string, string>;
  };
  const folder = `${w.env['BELT_STATE_DIR']}/accounts/${accounts.last[at.env.DIGITALOCEAN_API_URL]}/runs`;
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Kept);
}

test('the names are on disk before the request is sent, and off it once it is answered', async () => {
  const seen: string[][] = [];
  hooks.before = (request) => {
    if (isPost(request)) seen.push(...records().map(({ inFlight }) => inFlight));
  };
  expect((await belt('create 512mb a[1:3]')).code).toBe(0);
  hooks.before = () => {};
  expect(seen).toEqual([['a1', 'a2', 'a3']]);
  expect(records()).toEqual([]);
});

test('a run that was interrupted with a request under way keeps its record, and the next one waits for its droplets', async () => {
  let isCut = false;
  hooks.after = async (request) => {
    if (!isPost(request) || isCut) return;
    isCut = true;
    run.interrupt();
    // DigitalOcean made it; the answer never arrives.
    await new Promise(() => {});
  };
  // What it looks for after Ctrl-C is not there yet.
  hooks.before = async ({ method, path }) => {
    if (isCut && method === 'GET' && path.includes('belt-run-')) await new Promise(() => {});
  };
  const run = start('create 512mb b1');
  const { code, stderr } = await run.outcome;
  hooks.before = () => {};
  hooks.after = () => {};
  expect({ code, said: stderr.includes('b1 may still be created') }, stderr).toEqual({ code: 130, said: true });
  expect(records().map(({ inFlight }) => inFlight)).toEqual([['b1']]);
  await until('it was made', async () => (await names(w)).includes('b1'));
  const again = await belt('create 512mb b[1:2] --missing');
  expect(again.code, again.stderr).toBe(0);
  expect((await names(w)).filter((name) => name.startsWith('b'))).toEqual(['b1', 'b2']);
  expect(records()).toEqual([]);
  // Its host key was that of the record: nobody has to trust it.
  expect((await belt('--host b1 docker version')).code).toBe(0);
});

test('what came to be since the names were checked is not made again', async () => {
  const env = { ...at.env, BELT_CLUSTER: 'main' };
  expect((await start('create 512mb zero', env).outcome).code).toBe(0);
  const order = { name: 'c1', region: 'sgp1', size: 's-1vcpu-512mb-10gb', image: 'docker-20-04' };
  // It waits for another run, its names checked.
  const [run] = await meanwhile(w, [['create 512mb c[1:2]', { env }]], () =>
    api(w, 'POST', '/v2/droplets', { ...order, tags: ['belt', 'belt-cluster-main'] }),
  );
  const { code, stderr } = await run!.outcome;
  expect({ code, error: /^error: (.*)$/m.exec(stderr)?.[1] }).toEqual({ code: 2, error: 'c1 already exists' });
  expect((await names(w)).filter((name) => name.startsWith('c'))).toEqual(['c1']);
});
