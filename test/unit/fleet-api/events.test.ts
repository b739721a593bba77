// The events of all engines, also of one that goes away and comes back: none is lost, none is told twice.
import http, { type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { atEnd } from '../ssh/serve.ts';
import { type FakeEngine, json, over, overInNoTime } from './engines.ts';

interface Happened {
  id: string;
  ns: bigint;
  scope: string;
  action: string;
}

const NOW_NS = BigInt(Date.now()) * 1_000_000n;

/** Keeps events as an engine does, and tells them. */
function withEvents(engine: FakeEngine) {
  const past: Happened[] = [];
  const listeners = new Set<ServerResponse>();
  const asked: URLSearchParams[] = [];
  const lineOf = ({ id, ns, scope, action }: Happened) =>
    `{"Type":"container","Action":"${action}","scope":"${scope}","Actor":{"ID":"${id}","Attributes":{"name":"${id}"}},"time":${ns / 1_000_000_000n},"timeNano":${ns}}\n`;
  engine.also = (request, response, path) => {
    if (path !== '/events') return false;
    const query = new URLSearchParams(request.url?.split('?')[1]);
    asked.push(query);
    const since = query.get('since');
    const [seconds = '', fraction = ''] = (since ?? '').split('.');
    const sinceNs = BigInt(seconds || 0) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (since !== null) for (const one of past) if (one.ns >= sinceNs) response.write(lineOf(one));
    if (query.has('until')) response.end();
    else listeners.add(response);
    response.once('close', () => listeners.delete(response));
    return true;
  };
  return {
    asked,
    listeners,
    happens(id: string, afterMs: number, scope = 'local', action = 'start') {
      const one = { id, ns: NOW_NS + BigInt(afterMs) * 1_000_000n + 1n, scope, action };
      past.push(one);
      for (const response of listeners) response.write(lineOf(one));
    },
    cut() {
      for (const response of listeners) response.destroy();
    },
  };
}

/** The names of what is told, as node/name. */
function listening(socketPath: string, query = ''): string[] {
  const told: string[] = [];
  const request = http.get({ socketPath, path: `/events${query}`, agent: false }, (response) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (part) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { Attributes } = JSON.parse(line).Actor;
        told.push(`${Attributes['node.name'] ?? 'swarm'}/${Attributes.name}`);
      }
    });
    response.on('error', () => {});
  });
  request.on('error', () => {});
  atEnd(() => request.destroy());
  return told;
}

test('what happened while a stream was cut is told once, also at one and the same time', async () => {
  const { engines, socketPath } = await over('a', 'b');
  const [a, b] = engines.map(withEvents);
  const told = listening(socketPath);
  await expect.poll(() => [a!.listeners.size, b!.listeners.size]).toEqual([1, 1]);
  a!.happens('one', 1);
  a!.happens('two', 2);
  await expect.poll(() => told).toEqual(['a/one', 'a/two']);
  a!.cut();
  a!.happens('same-time', 2);
  a!.happens('three', 3);
  await expect.poll(() => told).toEqual(['a/one', 'a/two', 'a/same-time', 'a/three']);
  await expect.poll(() => a!.listeners.size).toBe(1);
  b!.happens('other', 4);
  a!.happens('four', 5);
  await expect.poll(() => told.toSorted()).toEqual(['a/four', 'a/one', 'a/same-time', 'a/three', 'a/two', 'b/other']);
  expect(a!.asked.at(-1)?.get('since')).toMatch(/^\d+\.\d{9}$/);
});

test('a node that told nothing before its stream was cut', async () => {
  const { engines, socketPath } = await over('a');
  const a = withEvents(engines[0]!);
  const told = listening(socketPath);
  await expect.poll(() => a.listeners.size).toBe(1);
  a.cut();
  a.happens('missed', 60_000);
  await expect.poll(() => told).toEqual(['a/missed']);
});

test('a node that does not answer at first is listened to from when it does, for all that happened since', async () => {
  const { engines, socketPath, told: changes, ask } = await overInNoTime('a', 'b');
  const [a, b] = engines.map(withEvents);
  engines[1]!.isFrozen = true;
  await ask('GET', '/containers/json');
  expect(changes).toHaveLength(1);
  const told = listening(socketPath);
  await expect.poll(() => a!.listeners.size).toBe(1);
  b!.happens('early', 60_000);
  engines[1]!.isFrozen = false;
  await expect.poll(() => told).toEqual(['b/early']);
});

test('what an engine refuses is refused, and an end is an end', async () => {
  const { engines, ask } = await over('a');
  const a = withEvents(engines[0]!);
  a.happens('one', 1);
  const { status, body } = await ask('GET', '/events?since=1&until=2');
  expect([status, (body as { Actor: { ID: string } }).Actor.ID]).toEqual([200, 'one']);
  engines[0]!.also = (_request, response, path) => {
    if (path !== '/events') return false;
    json(response, 400, { message: 'invalid filter' });
    return true;
  };
  expect(await ask('GET', '/events')).toMatchObject({ status: 400, body: { message: 'invalid filter' } });
});

/** A fleet of managers, each of whose events are listened to. */
async function managers(...names: string[]) {
  const made = await overInNoTime(...names);
  for (const engine of made.engines) engine.info = { Swarm: { ControlAvailable: true, LocalNodeState: 'active' } };
  await made.fleet.greet();
  const events = made.engines.map(withEvents);
  const told = listening(made.socketPath);
  await expect.poll(() => events.map(({ listeners }) => listeners.size)).toEqual(names.map(() => 1));
  return { ...made, events, told };
}

test('what happens in the swarm is told once, by the manager that tells it first: none is waited for', async () => {
  const { events, told, told: heard } = await managers('a', 'b', 'c');
  const [a, b, c] = events;
  b!.happens('first', 1, 'swarm');
  await expect.poll(() => told).toEqual(['swarm/first']);
  for (const one of [a!, c!]) one.happens('first', 1, 'swarm');
  // A removal has the time of whoever tells it.
  for (const [n, one] of [c!, a!, b!].entries()) one.happens('first', 2 + n, 'swarm', 'remove');
  for (const one of events) one.happens('first', 10, 'swarm', 'update');
  for (const one of events) one.happens('first', 11, 'swarm', 'update');
  for (const one of events) one.happens('last', 12, 'swarm');
  await expect.poll(() => heard.filter((one) => one === 'swarm/last')).toHaveLength(1);
  expect(told).toEqual(['swarm/first', 'swarm/first', 'swarm/first', 'swarm/first', 'swarm/last']);
});

test('a manager whose stream was cut tells nothing of the swarm again', async () => {
  const { events, told } = await managers('a', 'b');
  const [a, b] = events;
  a!.happens('early', 1, 'swarm');
  await expect.poll(() => told).toEqual(['swarm/early']);
  b!.cut();
  b!.happens('early', 1, 'swarm');
  b!.happens('late', 60_000, 'swarm');
  await expect.poll(() => told).toEqual(['swarm/early', 'swarm/late']);
});
