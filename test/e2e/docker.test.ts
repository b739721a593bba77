// `belt docker` and `exec` in a shell: what that gives them as words and as input.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3]');
  if (made.code !== 0) throw new Error(made.stderr);
  await w.belt('active node1');
});
afterAll(() => w.end());

describe.runIf(process.platform === 'linux')('words', () => {
  it.each(['docker run alpine echo', 'exec node1 -- echo'])(
    'that are no UTF-8 are not sent as others: %s',
    async (words) => {
      expect(await w.shell(`belt ${words} "$(printf 'caf\\351')"`)).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'error: an argument is not UTF-8: "caf\ufffd"\n' +
          'hint: have the node’s shell make the bytes (belt exec NODE --shell, printf), or pipe them in (belt exec NODE -i)\n',
      });
    },
  );

  it('that hold the character that stands for such bytes are sent', async () => {
    expect(await w.shell('belt exec node1 -- echo caf\ufffd')).toEqual({
      code: 0,
      stdout: 'node1 | caf\ufffd\n',
      stderr: '',
    });
  });
});

describe('input', () => {
  const PING = 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n';
  const PONG = 'HTTP/1.1 200 OK\r\n';

  it('and output pass through pipes', async () => {
    const { code, stdout, stderr } = await w.shell('cat | belt docker system dial-stdio | cat', { input: PING });
    expect({ code, stderr, head: stdout.slice(0, PONG.length), end: stdout.slice(-6) }).toEqual({
      code: 0,
      stderr: '',
      head: PONG,
      end: '\r\n\r\nOK',
    });
  });

  it('goes from a file to many nodes', async () => {
    w.write('ping', PING);
    const { code, stdout, stderr } = await w.shell("belt --host 'node[2:3]' docker system dial-stdio < ping");
    const heads = stdout.split('\n').filter((line) => line.includes('HTTP/1.1'));
    expect({ code, stderr, heads: heads.map((line) => line.trimEnd()).sort() }).toEqual({
      code: 0,
      stderr: '',
      heads: ['node2 | HTTP/1.1 200 OK', 'node3 | HTTP/1.1 200 OK'],
    });
  });
});
