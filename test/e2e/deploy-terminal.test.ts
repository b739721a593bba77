// Services that are waited for, watched at a terminal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/probe.ts';
import { pictures, rendered } from './emulator.ts';
import { terminal } from './terminal.ts';
import { type World, world } from './world.ts';

const w: World = world();
const stack = (colour: string) => `
name: shop
services:
  web: {image: "nginx:1.27", environment: {COLOUR: ${colour}}, deploy: {replicas: 2, update_config: {monitor: 8s}}}
  worker: {image: "nginx:1.27", environment: {COLOUR: ${colour}}}
`;

beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:2]');
  await w.belt('swarm join node1 node2');
  await w.belt('active node1');
});
afterAll(() => w.end());

/** What a row may hold beside its mark. */
const ROW = /^([·✔✘]) (\S+) +(\d of \d running)? +\d+ s( {2}\S.*)?$/;

/** Every picture of rows, without those that hold nothing but what stays. */
const tables = (screen: string, cols: number) =>
  pictures(screen, cols)
    .map((lines) => lines.slice(lines.findIndex((line) => /^[·✔✘] /.test(line))))
    .filter(([first]) => first !== undefined && /^[·✔✘] /.test(first));

describe('belt deploy', () => {
  it('is a row a service: how many run, since when, and why; then they are gone', async () => {
    w.write('compose.yaml', stack('blue'));
    const at = terminal(w, 'belt deploy --yes > /dev/null');
    expect(await at.ended).toBe(0);
    const seen = tables(at.screen(), 80);
    expect(seen.length).toBeGreaterThan(5);
    for (const lines of seen) {
      expect(lines.slice(0, -1).map((line) => ROW.exec(line)?.[2])).toEqual(['web', 'worker']);
      expect(lines.at(-1)).toMatch(/^ {2}\d of 2 converged, \d+ s$/);
    }
    expect(seen.flat().join('\n')).toMatch(/· web +2 of 2 running +\d s {2}watching for 8 s/);
    expect(seen.at(-1)!.join('\n')).toMatch(/✔ worker +1 of 1 running +\d+ s {2}converged/);
    const left = rendered(at.screen(), 80);
    expect(left.slice(-3)).toEqual(['created service web', 'created service worker', 'shop: 2 services converged']);
  });

  it('on few columns takes no more lines, and leaves none', async () => {
    w.write('compose.yaml', stack('red'));
    const at = terminal(w, 'belt deploy --yes > /dev/null', {}, { cols: 30, rows: 24 });
    expect(await at.ended).toBe(0);
    const seen = tables(at.screen(), 30);
    expect(seen.length).toBeGreaterThan(5);
    for (const lines of seen) expect(lines).toHaveLength(3);
    expect(rendered(at.screen(), 30).join('\n')).not.toMatch(/[·✔✘]/);
  });

  it('with --json has events on stdout, each change of a service among them', async () => {
    w.write('compose.yaml', stack('green'));
    const at = terminal(w, 'belt deploy --yes --json > events');
    expect(await at.ended).toBe(0);
    expect(tables(at.screen(), 80).length).toBeGreaterThan(5);
    const { stdout } = await w.shell('cat events');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; service?: string });
    expect(events.filter(({ event, service }) => event === 'service' && service === 'web').length).toBeGreaterThan(1);
  });

  it('^C leaves a clean screen: what was sent, and how to go on', async () => {
    w.write('compose.yaml', stack('grey'));
    const at = terminal(w, 'exec belt deploy --yes > /dev/null');
    await at.shows('2 of 2 running');
    at.type('\x03');
    expect(await at.ended).toBe(130);
    const left = rendered(at.screen(), 80).join('\n');
    expect(left).not.toMatch(/^[·✔✘] /m);
    expect(left).toContain('error: interrupted; sent before that: web, worker\n');
  });
});

it('belt restart is a row a service', async () => {
  const at = terminal(w, 'belt restart shop_web > /dev/null');
  expect(await at.ended).toBe(0);
  expect(tables(at.screen(), 80).flat().join('\n')).toMatch(/^· shop_web +\d of 2 running +\d+ s/m);
  expect(rendered(at.screen(), 80)).toEqual(['restarting shop_web', '1 service restarted']);
});

it('belt stack rm is a row a stack', async () => {
  const at = terminal(w, 'belt stack rm shop --yes > /dev/null');
  expect(await at.ended).toBe(0);
  const left = rendered(at.screen(), 80);
  expect(left.join('\n')).not.toMatch(/^[·✔✘] /m);
  expect(left.at(-1)).toBe('shop is removed');
});

it('a terminal that is closed ends belt without a crash', async () => {
  await w.belt('docker service create -d --name shut --replicas 1 nginx');
  await until('it runs', async () => (await w.belt('docker service ls --format {{.Replicas}}')).stdout.includes('1/1'));
  for (const line of ['belt sh shut.1 -- sleep 1000', 'belt sh shut.1']) {
    const at = terminal(w, `exec ${line}`);
    await new Promise((done) => setTimeout(done, 3_000));
    at.pty.kill('SIGHUP');
    (at.pty as unknown as { destroy(): void }).destroy();
    // 128 + SIGHUP where the command had begun, else interrupted; a crash would be 134 or 139.
    expect([129, 130]).toContain(await at.ended);
  }
});
