import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_LINE, lineStream, prefixed } from '../../../src/ssh/lines.ts';

/** A target that keeps what it gets, and takes each piece in the way that the test says. */
function target(take: (done: () => void) => void = (done) => done()): Writable & { text: () => string } {
  const chunks: Buffer[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    chunks.push(Buffer.from(chunk));
    take(done);
  };
  return Object.assign(new Writable({ write }), { text: () => Buffer.concat(chunks).toString('utf8') });
}

async function lines(...pieces: string[]): Promise<string[]> {
  const seen: string[] = [];
  const stream = lineStream((line) => seen.push(line.toString('utf8')));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await finished(stream);
  return seen;
}

describe('lines', () => {
  test.each([
    [[''], []],
    [['a\nb\n'], ['a', 'b']],
    [['a\nb'], ['a', 'b']],
    [
      ['a', 'b\nc', '\n'],
      ['ab', 'c'],
    ],
    [['\n\n'], ['', '']],
    [['a\r\n'], ['a\r']],
  ])('%j', async (pieces, expected) => {
    expect(await lines(...pieces)).toEqual(expected);
  });

  test('however the bytes are cut, the lines are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n') })), async (pieces) => {
        const whole = pieces.join('');
        const expected = whole.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(await lines(...pieces)).toEqual(expected);
      }),
      { seed: 20160915, numRuns: 100 },
    );
  });
});

describe('a line that is too long', () => {
  const some = (length: number) => 'x'.repeat(length);

  test.each<[string, number, number[]]>([
    ['as long as may be', LONGEST_LINE, [LONGEST_LINE]],
    ['one longer', LONGEST_LINE + 1, [LONGEST_LINE, 1]],
    ['twice that', 2 * LONGEST_LINE, [LONGEST_LINE, LONGEST_LINE]],
    ['and a half', 2.5 * LONGEST_LINE, [LONGEST_LINE, LONGEST_LINE, LONGEST_LINE / 2]],
  ])('%s', async (_what, length, pieces) => {
    expect((await lines(`a\n${some(length)}\nb\n\nc`)).map((line) => line.length)).toEqual([1, ...pieces, 1, 0, 1]);
    const inChunks = Array.from({ length: Math.ceil(length / 1000) }, (_, n) =>
      some(Math.min(1000, length - n * 1000)),
    );
    expect((await lines(...inChunks, '\n', 'b')).map((line) => line.length)).toEqual([...pieces, 1]);
  });

  test('of 40 MB takes as long as 40 MB of lines, in little memory', async () => {
    const chunk = Buffer.alloc(32_768, 'x');
    let seen = 0;
    const stream = lineStream((line) => {
      seen += line.length;
      expect(line.length).toBeLessThanOrEqual(LONGEST_LINE);
    });
    const startMs = performance.now();
    for (let n = 0; n < 1280; n++) stream.write(chunk);
    stream.end();
    await finished(stream);
    expect(seen).toBe(1280 * 32_768);
    // Joined anew with every chunk it took more than ten seconds.
    expect(performance.now() - startMs).toBeLessThan(8_000);
  });
});

describe('lines behind a name', () => {
  async function through(sink: ReturnType<typeof target>, ...pieces: (string | Buffer)[]): Promise<string> {
    const stream = prefixed('node1 | ', sink);
    for (const piece of pieces) stream.write(piece);
    stream.end();
    await finished(stream);
    await finished(sink.end());
    return sink.text();
  }

  test('each line, and the last though it has no end', async () => {
    expect(await through(target(), 'a\nb', 'c\n', 'd')).toBe('node1 | a\nnode1 | bc\nnode1 | d\n');
  });

  test('a character that is cut in two is whole again', async () => {
    const bytes = Buffer.from('é\n');
    expect(await through(target(), bytes.subarray(0, 1), bytes.subarray(1))).toBe('node1 | é\n');
  });

  const long = `${'x'.repeat(200_000)}\n`;
  test.each<[string, (done: () => void) => void]>([
    ['at once', (done) => done()],
    ['in the same turn', (done) => process.nextTick(done)],
    ['later', (done) => setImmediate(done)],
  ])('longer lines than a target holds go on as it takes them: %s', async (_when, take) => {
    expect(await through(target(take), long, long, 'end')).toBe(`node1 | ${long}node1 | ${long}node1 | end\n`);
  });

  test('several hosts share a target: no line is cut by another', async () => {
    const sink = target((done) => setImmediate(done));
    const streams = ['a', 'b', 'c'].map((name) => prefixed(`${name} | `, sink));
    for (let n = 0; n < 200; n++) {
      for (const stream of streams) stream.write(n % 2 === 0 ? 'one ' : `two ${'.'.repeat(200)}\n`);
    }
    for (const stream of streams) stream.end();
    await Promise.all(streams.map((stream) => finished(stream)));
    await finished(sink.end());
    const all = sink.text().trimEnd().split('\n');
    expect(all).toHaveLength(300);
    expect(all.filter((line) => !/^[abc] \| one two \.{200}$/.test(line))).toEqual([]);
  });

  test('a slow target slows the host down', async () => {
    let release = () => {};
    const sink = target((done) => {
      release = done;
    });
    const stream = prefixed('a | ', sink);
    let taken = false;
    stream.write(long, () => {
      taken = true;
    });
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(false);
    release();
    await expect.poll(() => taken).toBe(true);
  });

  test('a target that broke holds nothing up', async () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    sink.on('error', () => {});
    const stream = prefixed('a | ', sink);
    stream.write(long);
    stream.write(long);
    stream.end();
    await finished(stream);
  });
});

describe('on a terminal', () => {
  const shown = async (text: string, isTTY: boolean) => {
    const sink = Object.assign(target(), { isTTY });
    const stream = prefixed('node1 | ', sink);
    stream.end(text);
    await finished(stream);
    return sink.text();
  };

  test.each([
    ['all fine\rnode2 | all fine\n', 'node1 | all fine\nnode1 | node2 | all fine\n'],
    ['\r 10%\r 20%\r\n', 'node1 |  10%\nnode1 |  20%\n'],
    ['a\r\nb\r\n', 'node1 | a\nnode1 | b\n'],
    ['\n\r\n', 'node1 | \nnode1 | \n'],
    ['x\x1b[1Gnode2 | x\n', 'node1 | x\\x1b[1Gnode2 | x\n'],
    ['x\x1b[A\x08\x07\x0b\x9b\x7f\n', 'node1 | x\\x1b[A\\x08\\x07\\x0b\\x9b\\x7f\n'],
    ['\x1b[1;31mred\x1b[m\té日本 😀\n', 'node1 | \x1b[1;31mred\x1b[m\té日本 😀\x1b[0m\n'],
  ])('%j: no host writes over a prefix, and colours stay', async (text, expected) => {
    expect(await shown(text, true)).toBe(expected);
  });

  test('elsewhere every byte is passed on', async () => {
    expect(await shown('a\rb\x1b[1Gc\n', false)).toBe('node1 | a\rb\x1b[1Gc\n');
  });
});
