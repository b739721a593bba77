// What is sent to a node: a gzipped tar as `docker save` writes it, for engines of every kind (manifest.json for the classic store,
// an OCI layout for containerd's), without the layers that the node has.
import { gzipSync } from 'node:zlib';
import { type SourceImage, sha256, type Variant } from './archive.ts';
import type { PackedLayers } from './packed.ts';
import type { ImageName } from './reference.ts';
import { ending, fileHeader, padding } from './tar.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

export interface Shipment {
  image: Pick<SourceImage, 'content'>;
  variant: Variant;
  names: readonly ImageName[];
  /** How many of its layers the node has, counted from the first. */
  has: number;
  /** Compressed once for all nodes. */
  packed: PackedLayers;
}

const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

/** Its bytes, and how many there are: a guess until they were read. */
export function ship({ image, variant, names, has, packed }: Shipment): {
  size: () => number;
  read(): AsyncGenerator<Buffer>;
} {
  const documents = gzipSync(Buffer.concat(documentsOf(variant, names)));
  const sent = new Map(variant.layers.slice(has).map((layer) => [layer.digest, layer]));
  const parts = [...sent.values()].map((layer) => packed.of(image.content, layer, blob(layer.digest)));
  const end = gzipSync(ending());
  return {
    size: () => parts.reduce((sum, { size }) => sum + size, documents.length + end.length),
    read: async function* () {
      yield documents;
      for (const part of parts) yield* part.read();
      yield end;
    },
  };
}

/** The manifest by which a containerd store knows the image: the archive's own where it has one. */
export function manifestOf({ manifest, config, layers }: Variant): Buffer {
  if (manifest) return manifest;
  const described = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest: config.digest, size: config.bytes.length },
    layers: layers.map(({ mediaType, digest, size = 0 }) => ({ mediaType, digest, size })),
  };
  return Buffer.from(JSON.stringify(described));
}

function documentsOf(variant: Variant, names: readonly ImageName[]): Buffer[] {
  const manifest = manifestOf(variant);
  const { mediaType = MANIFEST } = JSON.parse(manifest.toString('utf8')) as { mediaType?: string };
  const described = { mediaType, digest: sha256(manifest), size: manifest.length, platform: variant.platform };
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: names.map(({ full, tag }) => ({
      ...described,
      annotations: { 'io.containerd.image.name': full, 'org.opencontainers.image.ref.name': tag },
    })),
  };
  const saved = [
    {
      Config: blob(variant.config.digest),
      RepoTags: names.map(({ shown }) => shown),
      Layers: variant.layers.map(({ digest }) => blob(digest)),
    },
  ];
  const files: [string, Buffer][] = [
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', Buffer.from(JSON.stringify(index))],
    ['manifest.json', Buffer.from(JSON.stringify(saved))],
    [blob(variant.config.digest), variant.config.bytes],
    [blob(sha256(manifest)), manifest],
  ];
  return files.flatMap(([name, bytes]) => [fileHeader(name, bytes.length), bytes, padding(bytes.length)]);
}

/** The first layers as an image of its own: where a push is cut, the next one goes on after them. */
export function firstLayers({ platform, layers }: Variant, count: number): Variant {
  const first = layers.slice(0, count);
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      config: {},
      rootfs: { type: 'layers', diff_ids: first.map(({ diffId }) => diffId) },
    }),
  );
  return { platform, layers: first, manifest: undefined, config: { bytes: config, digest: sha256(config) } };
}
