// The last lines of a task, as `deploy` shows them of one that failed: frames of any length, a terminal's log, the daemon's own word.
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { stackEngineOver } from '../../../src/engine/engine.ts';
import { connect } from '../../../src/ssh/connect.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { hostAt } from '../ssh/with-sshd.ts';

const TIME = '2026-11-30T10:00:00.123456789Z';

function frame(kind: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** What belt shows of that log. */
async function shown(log: Buffer): Promise<string[]> {
  const unix = () => (stream: Duplex) => {
    stream.on('error', () => {});
    stream.once('data', () => {
      stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${log.length}\r\n\r\n`);
      stream.end(log);
    });
  };
  const { port } = await serve({ unix });
  const connection = await connect(hostAt(port), { timeoutMs: 5_000 });
  atEnd(() => connection.destroy());
  const { signal } = new AbortController();
  return stackEngineOver(async () => connection, { clock: systemClock, signal }).logs('task', 20);
}

// As text, these lengths are a newline, half a character, a whole one, and what no text has.
test.each([10, 0x41, 0x80, 0xc3, 0x0a0a, 0xc2a0])('a frame of %i bytes', async (length) => {
  const line = 'é'.padEnd(Math.max(1, length - TIME.length - 3), 'x');
  const exact = frame(1, `${TIME} ${line}\n`);
  expect(await shown(Buffer.concat([exact, frame(2, `${TIME} end\n`)]))).toEqual([line, 'end']);
  // And one without a time, of just that length.
  expect(await shown(frame(1, `${'y'.repeat(length - 1)}\n`))).toEqual(['y'.repeat(length - 1)]);
});

test('a line in several frames is one line', async () => {
  expect(await shown(Buffer.concat([frame(1, `${TIME} be`), frame(1, `${TIME} lt\n`)]))).toEqual(['belt']);
});

test('a terminal’s log has no frames', async () => {
  expect(await shown(Buffer.from(`${TIME} one\r\n${TIME} two\r\n`))).toEqual(['one', 'two']);
});

test('where the daemon cannot go on, its own words', async () => {
  expect(await shown(Buffer.concat([frame(1, `${TIME} one\n`), frame(3, 'the log is gone')]))).toEqual([
    'the log is gone',
  ]);
});

test('of no log there are no lines', async () => {
  expect(await shown(Buffer.alloc(0))).toEqual([]);
});
