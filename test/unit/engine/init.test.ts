// What belt asks an engine for when it starts a swarm.
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { engine, type InitOptions } from '../../../src/engine/engine.ts';
import { connect } from '../../../src/ssh/connect.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { hostAt } from '../ssh/with-sshd.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n"id1"';

/** The body of the request that starts a swarm. */
async function asked(options: InitOptions): Promise<unknown> {
  let request = '';
  const { port } = await serve({
    unix: () => (stream) =>
      void stream.on('data', (chunk: Buffer) => {
        request += chunk;
        const [head = '', body = ''] = request.split('\r\n\r\n');
        if (body.length === Number(/content-length: (\d+)/i.exec(head)?.[1])) stream.end(ANSWER);
      }),
  });
  const connection = await connect(hostAt(port), { timeoutMs: 5_000 });
  atEnd(() => connection.destroy());
  const signal = new AbortController().signal;
  const deadline = systemClock.now() + 20_000;
  expect(await engine(connection, { clock: systemClock, signal, deadline }).init('10.0.0.1', options)).toBe('id1');
  return JSON.parse(request.split('\r\n\r\n')[1]!);
}

const PLAIN = { ListenAddr: '0.0.0.0:2377', AdvertiseAddr: '10.0.0.1' };

test('an address pool comes with the size of its networks: without one, no overlay network has addresses', async () => {
  expect(await asked({})).toEqual(PLAIN);
  expect(await asked({ defaultAddrPool: ['10.200.0.0/13', '10.20.0.0/16'] })).toEqual({
    ...PLAIN,
    DefaultAddrPool: ['10.200.0.0/13', '10.20.0.0/16'],
    SubnetSize: 24,
  });
});
