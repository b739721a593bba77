// Nodes that join and leave one Docker over several while it serves.
import http from 'node:http';
import { expect, test } from 'vitest';
import { atEnd } from '../ssh/serve.ts';
import { type Answered, type FakeEngine, over, overInNoTime } from './engines.ts';

const namesIn = ({ body }: Answered) => (body as { Names: string[] }[]).flatMap(({ Names }) => Names).toSorted();

/** Streams of an engine that tells events, or the lines of a log, as the test says. */
function telling(engine: FakeEngine, at: RegExp) {
  const listeners = new Set<http.ServerResponse>();
  engine.also = (request, response, path) => {
    if (!at.test(path)) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    listeners.add(response);
    request.once('close', () => listeners.delete(response));
    return true;
  };
  return {
    listeners,
    tell: (line: string) => {
      for (const one of listeners) one.write(`${line}\n`);
    },
  };
}

/** What is read of a stream, line by line, and whether it has ended. */
function reading(socketPath: string, path: string) {
  const read = { lines: [] as string[], isOver: false };
  const request = http.get({ socketPath, path, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (part: string) => read.lines.push(...part.trim().split('\n')));
    response.on('close', () => {
      read.isOver = true;
    });
    response.on('error', () => {});
  });
  request.on('error', () => {});
  atEnd(() => request.destroy());
  return read;
}

const event = (name: string) =>
  `{"Type":"container","Action":"start","Actor":{"ID":"${name}","Attributes":{"name":"${name}"}}}`;
const nodesOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).Actor.Attributes['node.name']);

test('one that joins is in every list, and gets containers', async () => {
  const { ask, begin, join, fleet } = await over('a');
  begin('b').add('web');
  await join('b');
  expect(namesIn(await ask('GET', '/containers/json?all=1'))).toEqual(['/b/web']);
  expect((await ask('GET', '/containers/b/web/json')).status).toBe(200);
  const { body } = await ask('GET', '/info');
  expect((body as { SystemStatus: string[][] }).SystemStatus).toContainEqual(['Nodes', '2']);
  // Taken all over the fleet.
  expect((await ask('POST', '/containers/create?name=web', {})).status).toBe(409);
  expect((await ask('POST', '/containers/create?name=b/more', {})).status).toBe(201);
  expect(fleet.nodes.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('one that does not answer does not join, and nobody is told that it is silent', async () => {
  const { ask, begin, join, breakStreams, told, fleet } = await overInNoTime('a');
  begin('b');
  breakStreams('b', () => Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }));
  await expect(join('b')).rejects.toThrow('b does not answer: connection refused');
  expect(fleet.nodes.map(({ name }) => name)).toEqual(['a']);
  expect((await ask('GET', '/containers/none/json')).status).toBe(404);
  expect(told).toEqual([]);
});

test('of one that leaves nothing is left: not its containers, their names, nor what is asked of it', async () => {
  const { ask, engines, fleet, breakStreams, told } = await overInNoTime('a', 'b');
  engines[1]!.add('web');
  await ask('GET', '/containers/json?all=1');
  breakStreams('b', () => Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }));
  expect((await ask('GET', '/containers/web/json')).status).toBe(500);
  expect(told).toEqual(['b: connection refused']);
  fleet.leave('b');
  expect(namesIn(await ask('GET', '/containers/json?all=1'))).toEqual([]);
  expect(await ask('GET', '/containers/web/json')).toMatchObject({ status: 404 });
  expect((await ask('POST', '/containers/create?name=web', {})).status).toBe(201);
});

test('a request that waits for one that leaves ends at once', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  const web = engines[1]!.add('web');
  engines[1]!.also = (_request, _response, path) => path.endsWith('/top');
  const waiting = ask('GET', `/containers/${web.Id}/top`);
  await expect.poll(() => engines[1]!.asked.some((line) => line.includes('/top'))).toBe(true);
  fleet.leave('b');
  expect(await waiting).toMatchObject({ status: 500, body: { message: 'b does not answer: it has left the fleet' } });
});

test('one of the same name that joins after is another: what the first had is not its', async () => {
  const { ask, engines, fleet, join } = await over('a', 'b');
  engines[1]!.add('old');
  await ask('GET', '/containers/json?all=1');
  fleet.leave('b');
  engines[1]!.containers.length = 0;
  await join('b');
  expect((await ask('GET', '/containers/old/json')).status).toBe(404);
  expect(namesIn(await ask('GET', '/containers/json?all=1'))).toEqual([]);
});

test('events go on through a join and a leave, and tell what happens on the new one', async () => {
  const { engines, socketPath, begin, join, fleet } = await overInNoTime('a', 'b');
  const [a, b] = engines.map((engine) => telling(engine, /^\/events$/));
  const read = reading(socketPath, '/events');
  await expect.poll(() => [a!.listeners.size, b!.listeners.size]).toEqual([1, 1]);
  const c = telling(begin('c'), /^\/events$/);
  await join('c');
  await expect.poll(() => c.listeners.size).toBe(1);
  c.tell(event('new'));
  await expect.poll(() => nodesOf(read.lines)).toEqual(['c']);
  fleet.leave('b');
  await expect.poll(() => b!.listeners.size).toBe(0);
  a!.tell(event('still'));
  await expect.poll(() => nodesOf(read.lines)).toEqual(['c', 'a']);
  expect(read.isOver).toBe(false);
});

test('events of a fleet that all have left wait for one that joins', async () => {
  const { engines, socketPath, begin, join, fleet, ask } = await overInNoTime('a');
  const a = telling(engines[0]!, /^\/events$/);
  const read = reading(socketPath, '/events');
  await expect.poll(() => a.listeners.size).toBe(1);
  fleet.leave('a');
  expect(await ask('GET', '/events')).toMatchObject({ status: 500, body: { message: 'no node is left in the fleet' } });
  const b = telling(begin('b'), /^\/events$/);
  await join('b');
  await expect.poll(() => b.listeners.size).toBe(1);
  b.tell(event('new'));
  await expect.poll(() => nodesOf(read.lines)).toEqual(['b']);
  expect(read.isOver).toBe(false);
});

test('a log that is followed on another node is not disturbed', async () => {
  const { engines, socketPath, begin, join, fleet } = await over('a', 'b');
  const web = engines[0]!.add('web');
  const logs = telling(engines[0]!, /\/logs$/);
  const read = reading(socketPath, `/containers/${web.Id}/logs?follow=1`);
  await expect.poll(() => logs.listeners.size).toBe(1);
  logs.tell('one');
  begin('c');
  await join('c');
  fleet.leave('b');
  logs.tell('two');
  await expect.poll(() => read.lines).toEqual(['one', 'two']);
  expect(read.isOver).toBe(false);
});
