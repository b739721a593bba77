// Images made for a test: archives as `docker save` and BuildKit write them, with layers of few bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ending, fileHeader, padding } from '../../src/images/tar.ts';

export type Files = Record<string, string | Buffer>;

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** A tar of the files. */
export function tar(files: Files): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    return [fileHeader(name, bytes.length), bytes, padding(bytes.length)];
  });
  return Buffer.concat([...parts, ending()]);
}

export const config = (layers: readonly (string | Buffer)[], architecture = 'amd64'): string =>
  JSON.stringify({ os: 'linux', architecture, rootfs: { diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) } });

/** As `docker save` wrote it before 25. */
export function saved(name: string, layers: readonly (string | Buffer)[], architecture?: string): Files {
  const json = config(layers, architecture);
  const paths = layers.map((layer) => `${sha256(layer)}/layer.tar`);
  return {
    ...Object.fromEntries(layers.map((layer, n) => [paths[n], layer])),
    [`${sha256(json)}.json`]: json,
    'manifest.json': JSON.stringify([{ Config: `${sha256(json)}.json`, RepoTags: [name], Layers: paths }]),
  };
}

/** An OCI layout with gzipped layers, an image for each architecture, and an attestation, as BuildKit writes it. */
export function layout(name: string | undefined, layers: readonly string[], architectures: readonly string[]): Files {
  const blobs: Files = {};
  const add = (content: string | Buffer, mediaType: string) => {
    blobs[`blobs/sha256/${sha256(content)}`] = content;
    return { mediaType, digest: `sha256:${sha256(content)}`, size: Buffer.from(content).length };
  };
  const manifests = architectures.map((architecture) => {
    const manifest = {
      schemaVersion: 2,
      config: add(config(layers, architecture), 'application/vnd.oci.image.config.v1+json'),
      layers: layers.map((layer) => add(gzipSync(layer), 'application/vnd.oci.image.layer.v1.tar+gzip')),
    };
    const described = add(JSON.stringify(manifest), 'application/vnd.oci.image.manifest.v1+json');
    return { ...described, platform: { os: 'linux', architecture } };
  });
  const attestation = {
    ...add('{"schemaVersion":2}', 'application/vnd.oci.image.manifest.v1+json'),
    platform: { os: 'unknown', architecture: 'unknown' },
  };
  const index = add(
    JSON.stringify({ schemaVersion: 2, manifests: [...manifests, attestation] }),
    'application/vnd.oci.image.index.v1+json',
  );
  const annotations = name === undefined ? {} : { annotations: { 'io.containerd.image.name': name } };
  return {
    ...blobs,
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, ...annotations }] }),
  };
}

export function writeFolder(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
