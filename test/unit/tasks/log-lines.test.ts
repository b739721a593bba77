import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogReader, NotALog, sinceTime } from '../../../src/engine/log-lines.ts';

const TIME = '2026-11-30T06:00:00.000000001Z';

function frame(kind: number, text: string | Buffer, time = TIME): Buffer {
  const payload = Buffer.concat([Buffer.from(`${time} `), Buffer.from(text)]);
  const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** Reads it in pieces that end at these places. */
function read(log: Buffer, { tty = false, cuts = [] as number[] } = {}) {
  const reader = new LogReader({ tty });
  const ends = [...cuts.map((cut) => cut % (log.length + 1)).toSorted((a, b) => a - b), log.length];
  const lines = ends.flatMap((end, n) => reader.read(log.subarray(ends[n - 1] ?? 0, end)));
  return [...lines, ...reader.end()].map(({ time, stream, text }) => `${time} ${stream} ${text}`);
}

test('frames are lines of their streams, wherever the bytes are cut', () => {
  const pieces = fc.array(
    fc.record({ kind: fc.constantFrom(1, 2), text: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
  );
  fc.assert(
    fc.property(pieces, fc.array(fc.nat()), (all, cuts) => {
      const clean = all.map(({ kind, text }) => ({ kind, text: text.replace(/[\r\n]/g, '') }));
      const log = Buffer.concat(clean.map(({ kind, text }) => frame(kind, `${text}\n`)));
      const wanted = clean.map(({ kind, text }) => `${TIME} ${kind === 1 ? 'stdout' : 'stderr'} ${text}`);
      expect(read(log, { cuts })).toEqual(wanted);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('a terminal’s log has no frames', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ -~]{0,30}$/)), fc.array(fc.nat()), (texts, cuts) => {
      const log = Buffer.from(texts.map((text) => `${TIME} ${text}\r\n`).join(''));
      expect(read(log, { tty: true, cuts })).toEqual(texts.map((text) => `${TIME} stdout ${text}`));
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('a long line that Docker cut into messages is one line again, each time of them gone', () => {
  const long = 'x'.repeat(16 * 1024);
  const framed = Buffer.concat([frame(1, long), frame(2, 'between\n'), frame(1, long), frame(1, 'end\n')]);
  expect(read(framed)).toEqual([`${TIME} stderr between`, `${TIME} stdout ${long}${long}end`]);
  const plain = Buffer.from(`${TIME} ${long}${TIME} ${long}${TIME} end\r\n${TIME} next\r\n`);
  expect(read(plain, { tty: true, cuts: [10, 16_400, 16_420, 32_800] })).toEqual([
    `${TIME} stdout ${long}${long}end`,
    `${TIME} stdout next`,
  ]);
});

test('a line without an end comes in pieces of 1 MiB at most', () => {
  const log = Buffer.concat(Array.from({ length: 200 }, () => frame(1, 'x'.repeat(16 * 1024))));
  const reader = new LogReader({ tty: false });
  const lines = [...reader.read(log), ...reader.end()];
  expect(lines.map(({ text }) => text.length)).toEqual([1024 * 1024, 1024 * 1024, 1024 * 1024, 128 * 1024]);
});

test('times of other zones and precisions compare as texts', () => {
  expect(read(frame(1, 'a\n', '2026-11-30T08:00:00.5+02:00'))).toEqual(['2026-11-30T06:00:00.500000000Z stdout a']);
  expect(sinceTime('2026-11-30T06:00:00.500000001Z')).toBe('1796018400.500000001');
});

test('what is no log is refused, in the daemon’s own words where it has some', () => {
  expect(() => read(Buffer.from('{"message":"page not found"}'))).toThrow(NotALog);
  expect(() => read(frame(3, 'Error grabbing logs: unexpected EOF'))).toThrow('Error grabbing logs: unexpected EOF');
});
