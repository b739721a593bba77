// Image archives: what is read of a tar, and what a hostile one cannot do.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Content, tarContent } from '../../../src/images/content.ts';
import { BadArchive, BLOCK, ending, fileHeader, padding, paxRecords, readHeader } from '../../../src/images/tar.ts';

type File = [name: string, content: string | Buffer];

const file = ([name, content]: File): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([fileHeader(name, bytes.length), bytes, padding(bytes.length)]);
};

/** A header of another type: what follows is its content. */
function special(type: string, content: string, { name = 'x', link = '' } = {}): Buffer {
  const bytes = file([name, content]);
  bytes.write(type, 156, 'latin1');
  bytes.write(link, 157, 'latin1');
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, BLOCK).reduce((all, byte) => all + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

const pax = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};

describe('a header', () => {
  it('is read as it was written, whatever the size', () => {
    const names = fc.stringMatching(/^[a-z0-9/]{1,100}$/);
    const property = fc.property(names, fc.integer({ min: 0, max: 2 ** 45 }), (name, size) => {
      expect(readHeader(fileHeader(name, size))).toEqual({ name, size, type: '0', link: '' });
    });
    fc.assert(property, { seed: 7 });
  });

  it('is an error where a byte differs', () => {
    const header = fileHeader('layer.tar', 5);
    header[3]! ^= 1;
    expect(() => readHeader(header)).toThrow(BadArchive);
    expect(() => readHeader(Buffer.alloc(BLOCK, 'x'))).toThrow('it is not a tar archive, or a damaged one');
    expect(readHeader(Buffer.alloc(BLOCK))).toBeUndefined();
  });

  it.each(['5 a=b\n', '99 a=b\n', 'x a=b\n', '6 a=b', '6 =ab\n'])('%j is no pax record', (bytes) => {
    expect(() => paxRecords(Buffer.from(bytes))).toThrow(BadArchive);
  });
});

describe('an archive', () => {
  let folder: string;
  let fd: number | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-tar-'));
  });
  afterEach(() => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    rmSync(folder, { recursive: true });
  });
  const read = (...parts: Buffer[]): Content => {
    const path = join(folder, 'a.tar');
    writeFileSync(path, Buffer.concat(parts));
    fd = openSync(path, 'r');
    return tarContent(fd);
  };
  const textOf = async (content: Content, path: string): Promise<string> =>
    Buffer.concat(await content.stream(path).toArray()).toString();

  it('gives its files', async () => {
    const content = read(file(['./index.json', '{}']), file(['blobs/sha256/1', 'x'.repeat(1000)]), ending());
    expect(content.read('index.json').toString()).toBe('{}');
    expect(content.sizeOf('blobs/sha256/1')).toBe(1000);
    expect(await textOf(content, 'blobs/sha256/1')).toBe('x'.repeat(1000));
    expect(content.sizeOf('other')).toBeUndefined();
    expect(() => content.read('other')).toThrow('it has no other');
  });

  it('has long names, by GNU tar and by pax', () => {
    const long = `${'a'.repeat(90)}/${'b'.repeat(90)}`;
    expect(
      read(special('L', `${long}\0`), file(['short', '1']))
        .read(long)
        .toString(),
    ).toBe('1');
    expect(
      read(special('x', pax('path', long)), file(['short', '2']))
        .read(long)
        .toString(),
    ).toBe('2');
  });

  it('follows links inside, as docker save has them for equal layers', () => {
    const content = read(
      file(['one/layer.tar', 'layer']),
      special('2', '', { name: 'two/layer.tar', link: '../one/layer.tar' }),
    );
    expect(content.read('two/layer.tar').toString()).toBe('layer');
  });

  it('does not follow links out of it or in circles', () => {
    const out = read(special('2', '', { name: 'config.json', link: '../../../../etc/passwd' }));
    expect(() => out.read('config.json')).toThrow('it has no config.json');
    const circle = read(special('2', '', { name: 'a', link: 'b' }), special('2', '', { name: 'b', link: 'a' }));
    expect(circle.sizeOf('a')).toBeUndefined();
  });

  it('is an error where it is cut off, has a file twice, or says a size that cannot be', () => {
    expect(() => read(file(['a', 'x'.repeat(600)]).subarray(0, 700))).toThrow('it is cut off');
    expect(() => read(file(['a', '1']), file(['./a', '2']))).toThrow('it has a twice');
    expect(() => read(special('x', pax('size', '-1')), file(['a', '1']))).toThrow('it is cut off');
    expect(() => read(special('x', pax('size', '1e99')), file(['a', '1']))).toThrow('it is cut off');
    expect(() => read(fileHeader('a', 2 ** 50))).toThrow('it is cut off');
  });

  it('has no document of endless size', () => {
    const content = read(file(['manifest.json', Buffer.alloc(5 * 1024 * 1024, ' ')]));
    expect(() => content.read('manifest.json')).toThrow('manifest.json is larger than 4 MiB');
  });
});
