// How streams reach an engine: its socket, or docker's own dial-stdio where sshd forwards none.
import type { Duplex } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { expect, test } from 'vitest';
import { EngineDoor } from '../../../src/engine/door.ts';
import { connect } from '../../../src/ssh/connect.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { hostAt, type Sshd, type SshdOptions } from '../ssh/with-sshd.ts';

async function doorTo(options: SshdOptions): Promise<{ door: EngineDoor; server: Sshd }> {
  const server = await serve(options);
  const connection = await connect(hostAt(server.port, { user: 'deploy' }), { timeoutMs: 5_000 });
  atEnd(() => connection.destroy());
  return { door: new EngineDoor(connection), server };
}

const ends =
  (code: number, stderr = '') =>
  (channel: ServerChannel) => {
    channel.stderr.write(stderr);
    channel.exit(code);
    channel.end();
  };

/** What it says, after it was told to end. */
async function said(stream: Duplex): Promise<string> {
  let text = '';
  stream.end();
  for await (const part of stream) text += part;
  return text;
}

const hello = (stream: Duplex) => {
  stream.write('hello');
  stream.on('data', () => {});
  stream.on('end', () => stream.end());
};

test('a stream to the socket, and no command', async () => {
  const { door, server } = await doorTo({ unix: (path) => (path === '/var/run/docker.sock' ? hello : undefined) });
  expect(await said(await door.open())).toBe('hello');
  expect(server.commands).toEqual([]);
});

test('where none is forwarded: dial-stdio, which is tried once', async () => {
  const dial = (channel: ServerChannel) => {
    channel.stderr.write('a warning of the shell');
    channel.write('hello');
    channel.on('data', () => {});
    channel.on('end', () => ends(0)(channel));
  };
  const { door, server } = await doorTo({ exec: dial });
  const streams = await Promise.all(Array.from({ length: 5 }, () => door.open()));
  expect(await Promise.all(streams.map(said))).toEqual(Array.from({ length: 5 }, () => 'hello'));
  expect(server.commands).toEqual(Array.from({ length: 6 }, () => 'docker system dial-stdio'));
});

test('no more than eight of them at a time: the others wait until one ends', async () => {
  let running = 0;
  let most = 0;
  const dial = (channel: ServerChannel) => {
    running++;
    most = Math.max(most, running);
    channel.on('data', () => {});
    channel.on('end', () => {
      running--;
      ends(0)(channel);
    });
  };
  const { door } = await doorTo({ exec: dial });
  await Promise.all(Array.from({ length: 40 }, async () => said(await door.open())));
  expect([most, running]).toEqual([8, 0]);
});

test('an engine that was only starting is reached by its socket', async () => {
  let isUp = false;
  const { door, server } = await doorTo({
    unix: () => (isUp ? hello : undefined),
    exec: (channel) => {
      isUp = true;
      ends(0)(channel);
    },
  });
  expect(await said(await door.open())).toBe('hello');
  expect(await said(await door.open())).toBe('hello');
  expect(server.commands).toHaveLength(1);
});

test.each([
  [
    1,
    'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied\n',
    'node1: deploy may not use Docker there (permission denied on /var/run/docker.sock)',
    'let it, which makes it as good as root there: belt exec node1 --sudo -- usermod -aG docker deploy',
  ],
  [127, 'sh: 1: docker: not found\n', 'node1: there is no Docker on it', undefined],
  [
    1,
    'Warning\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
    'node1: its Docker engine does not answer: nothing is listening on /var/run/docker.sock',
    'see why: belt exec node1 -- systemctl status docker',
  ],
  [
    1,
    'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: connection refused\n',
    'node1: its Docker engine does not answer: nothing is listening on /var/run/docker.sock',
    'see why: belt exec node1 -- systemctl status docker',
  ],
  [
    1,
    'no space left on device\n',
    'node1: its Docker engine does not answer: no space left on device',
    'see why: belt exec node1 -- systemctl status docker',
  ],
  [
    1,
    '',
    'node1: its Docker engine does not answer: nothing is listening on /var/run/docker.sock',
    'see why: belt exec node1 -- systemctl status docker',
  ],
])('why there is no way: exit %i, %j', async (code, stderr, message, hint) => {
  const { door } = await doorTo({ exec: ends(code, stderr) });
  await expect(door.open()).rejects.toMatchObject({ name: 'EngineError', message, hint });
});

test('a connection that is lost is an error, before and after it is known to be', async () => {
  const { door, server } = await doorTo({ unix: () => hello });
  await door.open();
  server.drop();
  await expect(door.open()).rejects.toMatchObject({ name: 'SshError', refusal: 'lost' });
  await expect.poll(() => door.connection.lost).toBe(true);
  await expect(door.open()).rejects.toMatchObject({ name: 'SshError', refusal: 'lost' });
});
