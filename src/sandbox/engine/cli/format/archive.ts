// The tar that `docker save` writes: a manifest, and a layer with bytes of every value. The same image, the same bytes.

import { createHash } from 'node:crypto';

const BLOCK = 512;
const LAYER_BYTES = 256 * 1024;

/** Names of images → a tar of a few hundred KiB each. */
export function pack(names: readonly string[]): Buffer {
  const layers = names.map((name) => ({
    path: `blobs/sha256/${createHash('sha256').update(name).digest('hex')}`,
    body: layerOf(name),
  }));
  const manifest = names.map((name, i) => ({ Config: '', RepoTags: [name], Layers: [layers[i]!.path] }));
  const files = [...layers, { path: 'manifest.json', body: Buffer.from(JSON.stringify(manifest)) }];
  return Buffer.concat([
    ...files.flatMap(({ path, body }) => [headerOf(path, body.length), body, padding(body.length)]),
    Buffer.alloc(2 * BLOCK),
  ]);
}

/** The names of the images in a tar, or the engine's words why there are none. */
export function unpack(archive: Buffer): string[] | string {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (at + BLOCK <= archive.length && archive[at] !== 0) {
    const header = archive.subarray(at, at + BLOCK);
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    if (header.toString('latin1', 257, 262) !== 'ustar' || Number.isNaN(size)) return 'archive/tar: invalid tar header';
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length < size) return 'unexpected EOF';
    files.set(header.toString('latin1', 0, 100).replace(/\0.*$/s, ''), body);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  const manifest = files.get('manifest.json');
  if (manifest === undefined)
    return archive.length === 0 ? 'invalid archive: does not contain a manifest.json' : 'unexpected EOF';
  const entries = JSON.parse(manifest.toString()) as { RepoTags: string[]; Layers: string[] }[];
  for (const { RepoTags, Layers } of entries) {
    const intact = files.get(Layers[0] ?? '')?.equals(layerOf(RepoTags[0] ?? ''));
    if (intact !== true) return `layers from manifest don't match image configuration`;
  }
  return entries.flatMap(({ RepoTags }) => RepoTags);
}

/** Bytes that look random and depend on the name alone. */
function layerOf(name: string): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i < LAYER_BYTES / 64; i++) blocks.push(createHash('sha512').update(`${name} ${i}`).digest());
  return Buffer.concat(blocks);
}

function headerOf(path: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, 'latin1');
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
