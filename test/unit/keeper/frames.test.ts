import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Frames, KIND } from '../../../src/keeper/frames.ts';

/** What was written to it, and a way to have it read. */
function pipe(): { socket: Socket; written: () => Buffer; read: (chunk: Buffer) => void } {
  const pieces: Buffer[] = [];
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      pieces.push(chunk);
      done();
    },
  });
  return {
    socket: socket as Socket,
    written: () => Buffer.concat(pieces),
    read: (chunk) => void socket.emit('data', chunk),
  };
}

test('whatever is written arrives in order, however it is cut', () => {
  const frame = fc.oneof(
    fc.record({ kind: fc.constant('json' as const), value: fc.dictionary(fc.string(), fc.string()) }),
    fc.record({
      kind: fc.constantFrom('data' as const, 'stderr' as const),
      value: fc.uint8Array({ maxLength: 2_000 }),
    }),
    fc.constant({ kind: 'end' as const }),
  );
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 20 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
      (all, cuts) => {
        const from = pipe();
        const sender = new Frames(from.socket, { onJson: () => {} });
        for (const one of all) {
          if (one.kind === 'json') sender.json(one.value);
          else if (one.kind === 'end') sender.end();
          else sender.write(KIND[one.kind], Buffer.from(one.value));
        }
        const to = pipe();
        const got: unknown[] = [];
        new Frames(to.socket, {
          onJson: (value) => got.push({ kind: 'json', value }),
          onData: (value) => got.push({ kind: 'data', value: new Uint8Array(value) }),
          onStderr: (value) => got.push({ kind: 'stderr', value: new Uint8Array(value) }),
          onEnd: () => got.push({ kind: 'end' }),
        });
        for (let rest = from.written(); rest.length > 0; ) {
          const { value: length } = cuts.next();
          to.read(rest.subarray(0, length));
          rest = rest.subarray(length);
        }
        expect(got).toEqual(JSON.parse(JSON.stringify([])).concat(all));
      },
    ),
    { numRuns: 100, seed: 7 },
  );
});

test('a long piece is sent in several', () => {
  const [from, to] = [pipe(), pipe()];
  const bytes = Buffer.alloc(1_000_001, 'ab');
  new Frames(from.socket, { onJson: () => {} }).write(KIND.data, bytes);
  const got: Buffer[] = [];
  new Frames(to.socket, { onJson: () => {}, onData: (piece) => got.push(piece) });
  to.read(from.written());
  expect(got.length).toBeGreaterThan(1);
  expect(Buffer.concat(got).equals(bytes)).toBe(true);
});
