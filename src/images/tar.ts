// The headers of tar archives (POSIX ustar with pax and GNU extensions), as `docker save` and others write them.
import { BeltError } from '../errors.ts';

export const BLOCK = 512;

export interface TarHeader {
  name: string;
  /** Of what follows, in bytes. */
  size: number;
  /** `0` a file, `1` and `2` links, `5` a folder, `x` and `g` pax records, `L` and `K` long names. */
  type: string;
  link: string;
}

/** A tar archive that is not one, or not whole. */
export class BadArchive extends BeltError {
  override readonly name = 'BadArchive';
}

const CHECKSUM = { at: 148, length: 8 };

/** Reads one header; undefined for a block of zeros, with which archives end. @throws BadArchive */
export function readHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const stated = numberAt(block, CHECKSUM.at, CHECKSUM.length);
  if (stated !== checksum(block)) throw new BadArchive('it is not a tar archive, or a damaged one');
  const isUstar = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar && block.toString('latin1', 262, 264) !== ' \0' ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: numberAt(block, 124, 12),
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156]!),
    link: textAt(block, 157, 100),
  };
}

/** The header of a file. Its name has at most 100 bytes, its content at most 8 GiB. */
export function fileHeader(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  writeSize(block, size);
  block.write('00000000000\0', 136, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1');
  return block;
}

/** Zeros that fill the last block of so many bytes. */
export const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** Zeros with which an archive ends. */
export const ending = (): Buffer => Buffer.alloc(2 * BLOCK);

/** The records of a pax header, `LENGTH KEY=VALUE\n` each. @throws BadArchive */
export function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (space < 0 || !Number.isSafeInteger(length) || length < 5 || at + length > bytes.length || equals < 1) {
      throw new BadArchive('it has a pax header that cannot be read');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

/** Sizes above what eleven octal digits hold are written in binary, as GNU tar does. */
function writeSize(block: Buffer, size: number): void {
  if (size < 8 ** 11) {
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(size), 128);
}

function numberAt(block: Buffer, at: number, length: number): number {
  if ((block[at]! & 0x80) !== 0) {
    const value = Number(block.readBigUInt64BE(at + length - 8));
    if (Number.isSafeInteger(value)) return value;
    throw new BadArchive('it has a file of a size that cannot be');
  }
  const text = block
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (!/^[0-7]*$/.test(text)) throw new BadArchive('it is not a tar archive, or a damaged one');
  return Number.parseInt(text || '0', 8);
}

function textAt(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

/** The sum of all bytes, those of the checksum counted as blanks. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let n = 0; n < BLOCK; n++) if (n < CHECKSUM.at || n >= CHECKSUM.at + CHECKSUM.length) sum += block[n]!;
  return sum;
}
