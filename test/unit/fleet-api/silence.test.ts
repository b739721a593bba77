// When an engine counts as silent: where it cannot be reached, and not for what it answers, or for one stream.
import { expect, test } from 'vitest';
import { BeltError } from '../../../src/errors.ts';
import { NoStream } from '../../../src/fleet-api/reach.ts';
import { type FakeEngine, json, over, overInNoTime } from './engines.ts';

/** How a list of containers may fail, while the engine lives. */
const ANSWERS: [string, (...given: Parameters<FakeEngine['also']>) => void][] = [
  ['an error', (_request, response) => json(response, 500, { message: 'no space left on device' })],
  ['no JSON', (_request, response) => response.writeHead(500).end('<html>')],
  ['half an answer', (_request, response) => response.write('[', () => response.destroy())],
  ['a stream that is cut', (request) => request.socket.destroy()],
  ['no HTTP', (request) => request.socket.end('nonsense\r\n\r\n')],
];

test.each(ANSWERS)('%s to one question is no silence, and no proof of absence', async (_what, also) => {
  const { engines, ask, told } = await over('a', 'b');
  engines[1]!.add('web');
  engines[1]!.also = (request, response, path) => {
    if (path !== '/containers/json') return false;
    also(request, response, path);
    return true;
  };
  expect(await ask('GET', '/containers/web/json')).toMatchObject({
    status: 500,
    body: { message: 'No such container on the nodes that answer: web; not answering: b' },
  });
  engines[1]!.also = () => false;
  expect((await ask('GET', '/containers/web/json')).status).toBe(200);
  expect(told).toEqual([]);
});

test('an engine whose list fails is given no container', async () => {
  const { engines, ask } = await over('a', 'b');
  engines[0]!.also = (_request, response, path) => {
    if (path !== '/containers/json') return false;
    json(response, 500, {});
    return true;
  };
  await ask('POST', '/containers/create', {});
  expect(engines.map(({ containers }) => containers.length)).toEqual([0, 1]);
});

test.each<[string, () => Error, boolean]>([
  ['a host that cannot be reached', () => new BeltError('a: no route to host'), true],
  ['an engine that is not there', () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
  ['one channel that was not opened', () => Object.assign(new Error('open failed'), { reason: 4 }), false],
  ['a connection that takes no more streams', () => new NoStream('a: sshd opens no more sessions'), false],
])('%s', async (_what, error, isSilent) => {
  const { ask, told, breakStreams } = await over('a', 'b');
  breakStreams('a', error);
  await ask('POST', '/containers/a/x/attach');
  await expect.poll(async () => (await ask('GET', '/containers/none/json')).status).toBe(500);
  expect(told.filter((one) => one !== 'a: answers')).toHaveLength(isSilent ? 1 : 0);
});

test('where no more streams can be open, the next waits, and the engine is not silent', async () => {
  const { engines, ask, told, most } = await overInNoTime('a');
  const { Id } = engines[0]!.add('web');
  most('a', 2);
  const held: (() => void)[] = [];
  engines[0]!.also = (_request, response, path) => {
    if (!path.endsWith('/wait')) return false;
    held.push(() => json(response, 200, { on: 'a' }));
    return true;
  };
  const wait = () => ask('POST', `/containers/${Id}/wait`);
  const waits = [wait(), wait(), wait()];
  await ask('GET', '/_ping');
  await expect.poll(() => held.length).toBe(2);
  // As long as silence would be, and more.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(told).toEqual([]);
  for (const answer of held.splice(0)) answer();
  await expect.poll(() => held.length).toBe(1);
  held[0]!();
  expect((await Promise.all(waits)).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('a name whose create was not answered is not given away until its engine says that it is free', async () => {
  const { engines, ask } = await overInNoTime('a', 'b');
  engines[1]!.add('there');
  const create = () => ask('POST', '/containers/create?name=web', {});
  engines[0]!.also = (_request, _response, path) => {
    if (path !== '/containers/create') return false;
    engines[0]!.isFrozen = true;
    return true;
  };
  expect((await create()).status).toBe(500);
  expect(await create()).toMatchObject({ status: 409, body: { message: expect.stringContaining('The name web') } });
  expect(engines[1]!.containers.map(({ name }) => name)).toEqual(['there']);
  engines[0]!.also = () => false;
  engines[0]!.isFrozen = false;
  await expect.poll(async () => (await create()).status).toBe(201);
});
