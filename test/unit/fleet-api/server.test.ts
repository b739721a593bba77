// One API over several engines: what a prototype ran into, one test each.
import http from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { CreateBody } from '../../../src/fleet-api/types.ts';
import { type Answered, type FakeEngine, json, over, overInNoTime, summary } from './engines.ts';

const message = ({ body }: Answered) => (body as { message: string }).message;
const port = (HostPort: string): CreateBody => ({ HostConfig: { PortBindings: { '80/tcp': [{ HostPort }] } } });
const namesOf = ({ body }: Answered) => (body as { Names: string[] }[]).map(({ Names }) => Names[0]);
/** The requests of a kind that reached it. */
const reached = ({ asked }: FakeEngine, word: string) => asked.filter((one) => one.includes(word)).length;

test('64 creates at once for one port on 8 engines: one each, however long they take', async () => {
  const { engines, ask } = await over(...Array.from({ length: 8 }, (_, n) => `n${n}`));
  for (const [n, engine] of engines.entries()) engine.createMs = (n % 4) * 7;
  const answers = await Promise.all(Array.from({ length: 64 }, () => ask('POST', '/containers/create', port('9999'))));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(8);
  expect(engines.map(({ containers }) => containers.length)).toEqual(Array(8).fill(1));
  const refused = answers.filter(({ status }) => status !== 201);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([500]));
  expect(message(refused[0]!)).toBe(
    'Unable to find a node that satisfies the following conditions \n[port 9999 (Bridge mode)]',
  );
});

test('a node that missed a look is given nothing until it answers one', async () => {
  const { engines, ask, told } = await overInNoTime('a', 'b');
  await ask('POST', '/containers/create', port('80'));
  engines[0]!.isFrozen = true;
  const late = ask('POST', '/containers/create', port('80'));
  expect(await late).toMatchObject({ status: 201 });
  expect(engines.map(({ containers }) => containers.length)).toEqual([1, 1]);
  engines[0]!.isFrozen = false;
  await expect.poll(() => told.at(-1)).toBe('a: answers');
  expect(await ask('POST', '/containers/create', port('80'))).toMatchObject({ status: 500 });
});

test('a name is given once, also to creates at once', async () => {
  const { ask } = await over('a', 'b');
  const answers = await Promise.all([1, 2, 3].map(() => ask('POST', '/containers/create?name=web', {})));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  expect(message(await ask('POST', '/containers/create?name=web', {}))).toMatch(
    /^Conflict: The name web is already assigned to [0-9a-f]{12} on a\./,
  );
});

test('a create that failed keeps no place', async () => {
  const { engines, ask } = await over('a');
  engines[0]!.images = [];
  expect(await ask('POST', '/containers/create', port('80'))).toMatchObject({ status: 404 });
  engines[0]!.images = ['nginx:latest'];
  expect(await ask('POST', '/containers/create', port('80'))).toMatchObject({ status: 201 });
});

test('a stopped container keeps its port', async () => {
  const { engines, ask } = await over('a', 'b');
  engines[0]!.add('old', port('80'), 'exited');
  for (const expected of [201, 500]) {
    expect((await ask('POST', '/containers/create', port('80'))).status).toBe(expected);
  }
  expect(engines.map(({ containers }) => containers.length)).toEqual([1, 1]);
});

test('an image that one engine has: the container goes there; that none has, is a 404, at which clients pull', async () => {
  const { engines, ask } = await over('a', 'b', 'c');
  engines[2]!.images.push('built');
  expect((await ask('POST', '/containers/create', { Image: 'built' })).status).toBe(201);
  expect(engines[2]!.containers).toHaveLength(1);
  expect(await ask('POST', '/containers/create', { Image: 'none' })).toMatchObject({ status: 404 });
});

test('a 404 about anything else is none for the client, which would pull the image', async () => {
  const { engines, ask } = await over('a');
  engines[0]!.also = (_request, response, path) => {
    if (path !== '/containers/create') return false;
    json(response, 404, { message: 'No such container: db' });
    return true;
  };
  expect(await ask('POST', '/containers/create', {})).toMatchObject({
    status: 409,
    body: { message: 'No such container: db' },
  });
});

test('a container by node/name, name, id, the beginning of its id', async () => {
  const { engines, ask } = await over('a', 'b');
  const { Id } = engines[1]!.add('web');
  engines[0]!.add('other');
  for (const word of ['web', 'b/web', Id, Id.slice(0, 12), `b/${Id.slice(0, 12)}`]) {
    expect(await ask('POST', `/v1.41/containers/${word}/stop?t=1`)).toMatchObject({ status: 200, body: { on: 'b' } });
  }
  expect(engines[1]!.asked.at(-1)).toBe(`POST /v1.41/containers/${Id}/stop?t=1`);
  expect(await ask('POST', '/containers/a/web/stop')).toMatchObject({
    status: 404,
    body: { message: 'No such container: a/web' },
  });
  expect(reached(engines[0]!, '/stop')).toBe(0);
});

test('a name on two nodes is refused with both', async () => {
  const { engines, ask } = await over('a', 'b');
  for (const engine of engines) engine.add('twin');
  expect(await ask('DELETE', '/containers/twin')).toMatchObject({
    status: 409,
    body: { message: '"twin" is ambiguous: a/twin, b/twin' },
  });
  expect(await ask('POST', '/containers/b/twin/start')).toMatchObject({ body: { on: 'b' } });
});

test('the list: youngest first, nodes in the names, filters and limits of all together', async () => {
  const { engines, ask } = await over('a', 'b');
  for (const [name, n] of [
    ['one', 0],
    ['two', 1],
    ['three', 0],
  ] as const)
    engines[n]!.add(name);
  engines[0]!.containers[1]!.created = 3_000;
  expect(namesOf(await ask('GET', '/containers/json?all=1'))).toEqual(['/a/three', '/a/one', '/b/two']);
  expect(namesOf(await ask('GET', '/containers/json?limit=1'))).toEqual(['/a/three']);
  const filters = (value: object) => `/containers/json?filters=${encodeURIComponent(JSON.stringify(value))}`;
  expect(namesOf(await ask('GET', filters({ node: ['b'] })))).toEqual(['/b/two']);
  expect(engines[1]!.asked.at(-1)).toBe('GET /v1.45/containers/json');
  await ask('GET', filters({ name: { 'a/one': true } }));
  expect(decodeURIComponent(engines[0]!.asked.at(-1)!)).toBe('GET /v1.45/containers/json?filters={"name":["/one"]}');
});

test('a frozen engine: waited for once; its containers are down, and what is asked of them says so', async () => {
  const { engines, ask, told } = await overInNoTime('a', 'b', 'c');
  const { Id } = engines[1]!.add('cold');
  await ask('GET', '/containers/json?all=1');
  engines[1]!.isFrozen = true;
  const list = (await ask('GET', '/containers/json?all=1')).body as { Names: string[]; Status: string }[];
  expect(list.map(({ Names, Status }) => [Names[0], Status])).toEqual([['/b/cold', 'Host Down']]);
  const before = engines[1]!.asked.length;
  for (const word of ['cold', 'b/cold', Id]) {
    expect(message(await ask('POST', `/containers/${word}/stop`))).toBe(
      `Container ${word} running on unhealthy node b: its Docker engine is silent (2 s)`,
    );
  }
  expect(message(await ask('GET', '/containers/none/json'))).toBe(
    'No such container on the nodes that answer: none; not answering: b',
  );
  expect(await ask('POST', '/containers/create?name=cold', {})).toMatchObject({ status: 409 });
  expect(await ask('POST', '/containers/create', {})).toMatchObject({ status: 201 });
  expect(engines[1]!.asked.slice(before).filter((one) => !one.endsWith('/_ping'))).toEqual([]);
  engines[1]!.isFrozen = false;
  await expect.poll(() => told).toEqual(['b: its Docker engine is silent (2 s)', 'b: answers']);
  expect(await ask('POST', '/containers/cold/stop')).toMatchObject({ status: 200 });
});

test('an engine that takes its time, and answers pings, is waited for', async () => {
  const { engines, ask, told } = await overInNoTime('a');
  const { Id } = engines[0]!.add('slow');
  engines[0]!.also = (_request, response, path) => {
    if (!path.endsWith('/stop')) return false;
    setTimeout(() => json(response, 200, { on: 'a' }), 1_200);
    return true;
  };
  expect(await ask('POST', `/containers/${Id}/stop`)).toMatchObject({ status: 200, body: { on: 'a' } });
  expect(told).toEqual([]);
});

test('headers come before the body: docker run starts its container at those of wait', async () => {
  const { engines, socketPath } = await over('a');
  const { Id } = engines[0]!.add('w');
  engines[0]!.also = (_request, response, path) => {
    if (!path.endsWith('/wait')) return false;
    response.writeHead(200).flushHeaders();
    return true;
  };
  const status = await new Promise((resolve) => {
    const request = http.request({ socketPath, method: 'POST', path: `/containers/${Id}/wait` }, (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on('error', () => {});
    request.end();
  });
  expect(status).toBe(200);
});

test('an answer that is cut off is not taken for the whole', async () => {
  const { engines, ask } = await over('a');
  const { Id } = engines[0]!.add('w');
  engines[0]!.also = (_request, response, path) => {
    if (!path.endsWith('/logs')) return false;
    response.write('half', () => response.destroy());
    return true;
  };
  await expect(ask('GET', `/containers/${Id}/logs`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

test('an upgrade is a tunnel: a body that comes with it, bytes both ways, and the end of the input', async () => {
  const { engines, socketPath } = await over('a', 'b');
  engines[1]!.also = (_request, response, path) => {
    if (!path.endsWith('/exec')) return false;
    json(response, 201, { Id: 'e1' });
    return true;
  };
  const { Id } = engines[1]!.add('web');
  engines[1]!.onUpgrade = (request, socket, head) => {
    let text = `${request.url} ${head}`;
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('end', () => socket.end(`heard ${text}, then the end`));
  };
  await new Promise<void>((resolve) => {
    http
      .request({ socketPath, method: 'POST', path: `/containers/${Id}/exec` }, (response) => {
        response.resume().on('end', () => resolve());
      })
      .end('{}');
  });
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  const head = [
    'POST /v1.41/exec/e1/start HTTP/1.1',
    'Host: d',
    'Connection: Upgrade',
    'Upgrade: tcp',
    'Content-Length: 2',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n{}`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.end('abc');
  let text = '';
  for await (const part of socket) text += part;
  expect(text).toBe('heard /v1.41/exec/e1/start {}abc, then the end');
});

test('engines of several versions: the client is told the newest that all have, and each is asked in one that it has', async () => {
  const { engines, ask, told } = await over('old', 'new');
  Object.assign(engines[0]!.versions, { ApiVersion: '1.41' });
  Object.assign(engines[1]!.versions, { ApiVersion: '1.52', MinAPIVersion: '1.44' });
  await ask('GET', '/info');
  expect((await ask('HEAD', '/_ping')).headers['api-version']).toBe('1.41');
  await ask('GET', '/v1.41/containers/json');
  expect(engines.map(({ asked }) => asked.at(-1))).toEqual([
    'GET /v1.41/containers/json',
    'GET /v1.44/containers/json',
  ]);
  expect(message(await ask('GET', '/v1.50/containers/json'))).toBe(
    'client version 1.50 is too new. Maximum supported API version is 1.41',
  );
  await ask('GET', '/v1.50/info');
  expect(told).toEqual(['1.50 is too new for old: 1.41']);
});

test('long headers and expressions that are none', async () => {
  const { ask, socketPath } = await over('a');
  const status = await new Promise((resolve) => {
    const headers = { 'X-Registry-Config': 'x'.repeat(100_000) };
    http.get({ socketPath, path: '/_ping', headers, maxHeaderSize: 1 << 20 }, (response) =>
      resolve(response.resume().statusCode),
    );
  });
  expect(status).toBe(200);
  expect(message(await ask('POST', '/containers/create', { Env: ['constraint:node'] }))).toBe(
    'One of operator ==, != is expected',
  );
});

test('100 engines are asked at once: none answers before all have been asked', async () => {
  const { engines, ask } = await over(...Array.from({ length: 100 }, (_, n) => `n${n}`));
  const answers: (() => void)[] = [];
  for (const engine of engines) {
    engine.also = (_request, response, path) => {
      if (path !== '/containers/json') return false;
      answers.push(() =>
        json(
          response,
          200,
          [1, 2, 3].map((n) => summary(engine.add(`c${n}-${engine.name}`))),
        ),
      );
      if (answers.length === engines.length) for (const answer of answers) answer();
      return true;
    };
  }
  expect((await ask('GET', '/containers/json')).body).toHaveLength(300);
  expect(answers).toHaveLength(100);
});
