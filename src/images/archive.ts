// The images in an archive: an OCI layout, what `docker save` writes since 25 (an OCI layout too), and what it wrote before.
import { createHash } from 'node:crypto';
import type { Content } from './content.ts';
import {
  type Descriptor,
  type ImageConfig,
  imageConfig,
  ociIndex,
  ociManifest,
  readDocument,
  savedImages,
} from './documents.ts';
import { type ImageName, parseName } from './reference.ts';
import { BadArchive } from './tar.ts';

export interface Layer {
  /** Of its uncompressed tar: by it an engine knows whether it has it. */
  diffId: string;
  /** Of its bytes as they are here. */
  digest: string;
  /** In the archive. */
  path: string;
  /** In bytes; undefined where the archive does not have it. */
  size: number | undefined;
  mediaType: string;
}

export interface Platform {
  os: string;
  architecture: string;
}

/** An image for one platform. */
export interface Variant {
  platform: Platform;
  config: { bytes: Buffer; digest: string };
  /** As the archive has it; undefined where it has none. */
  manifest: Buffer | undefined;
  layers: readonly Layer[];
}

export interface SourceImage {
  /** None in some OCI layouts. */
  name: ImageName | undefined;
  variants: readonly Variant[];
  content: Content;
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
/** Of an image that names other manifests: more than this is no image. */
const MOST_DEPTH = 3;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The images in it, each as often as it has names. @throws BadArchive */
export async function readImages(content: Content): Promise<SourceImage[]> {
  if (content.sizeOf('index.json') !== undefined) return layoutImages(content);
  if (content.sizeOf('manifest.json') !== undefined) return await dockerImages(content);
  throw new BadArchive('it is not an image: it has neither index.json nor manifest.json');
}

export const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

function layoutImages(content: Content): SourceImage[] {
  return readDocument(content, 'index.json', ociIndex).manifests.flatMap((described) => {
    const variants = variantsOf(content, described);
    if (variants.length === 0) return [];
    return [{ name: nameOf(described.annotations ?? {}), variants, content }];
  });
}

/** containerd and BuildKit tell it in full; `ref.name` is often the tag alone. */
function nameOf(annotations: Record<string, string>): ImageName | undefined {
  const full = annotations['io.containerd.image.name'];
  const ref = annotations['org.opencontainers.image.ref.name'];
  if (full !== undefined) return parseName(full);
  return ref !== undefined && /[/:]/.test(ref) ? parseName(ref) : undefined;
}

/** Those whose documents are in the archive: of an image for several platforms an engine may have one only. */
function variantsOf(content: Content, described: Descriptor, depth = 0): Variant[] {
  const path = blob(described.digest);
  if (content.sizeOf(path) === undefined || described.platform?.os === 'unknown') return [];
  const bytes = content.read(path);
  if (sha256(bytes) !== described.digest) throw new BadArchive(`its ${path} is not what its name says`);
  if (isIndex(bytes)) {
    if (depth >= MOST_DEPTH) throw new BadArchive('its index.json leads to no image');
    return readDocument(content, path, ociIndex).manifests.flatMap((one) => variantsOf(content, one, depth + 1));
  }
  const { config, layers } = readDocument(content, path, ociManifest);
  // Attestations are manifests of what is no image.
  if (!isImageConfig(config)) return [];
  const read = readConfig(content, blob(config.digest), config.digest);
  if (read.diffIds.length !== layers.length)
    throw new BadArchive('its configuration has other layers than its manifest');
  return [
    {
      ...read.variant,
      manifest: bytes,
      layers: layers.map(({ digest, mediaType }, n) => ({
        diffId: read.diffIds[n]!,
        digest,
        path: blob(digest),
        size: content.sizeOf(blob(digest)),
        mediaType: mediaType ?? LAYER,
      })),
    },
  ];
}

const isImageConfig = ({ mediaType }: Descriptor): boolean =>
  /^application\/vnd\.(oci\.image\.config\.v1|docker\.container\.image\.v1)\+json$/.test(mediaType ?? '');

function isIndex(bytes: Buffer): boolean {
  try {
    return Array.isArray((JSON.parse(bytes.toString('utf8')) as { manifests?: unknown } | null)?.manifests);
  } catch {
    return false;
  }
}

function readConfig(
  content: Content,
  path: string,
  digest?: string,
): { variant: Omit<Variant, 'layers' | 'manifest'>; diffIds: readonly string[] } {
  const bytes = content.read(path);
  const is = sha256(bytes);
  if (digest !== undefined && is !== digest) throw new BadArchive(`its ${path} is not what its name says`);
  const { os, architecture, rootfs }: ImageConfig = readDocument(content, path, imageConfig);
  return { variant: { platform: { os, architecture }, config: { bytes, digest: is } }, diffIds: rootfs.diff_ids ?? [] };
}

async function dockerImages(content: Content): Promise<SourceImage[]> {
  const images: SourceImage[] = [];
  for (const { Config, RepoTags, Layers } of readDocument(content, 'manifest.json', savedImages)) {
    const { variant, diffIds } = readConfig(content, Config);
    const paths = Layers ?? [];
    if (diffIds.length !== paths.length)
      throw new BadArchive('its manifest.json has other layers than its configuration');
    const layers: Layer[] = [];
    for (const [n, path] of paths.entries()) layers.push(await savedLayer(content, path, diffIds[n]!));
    const variants = [{ ...variant, manifest: undefined, layers }];
    const names = (RepoTags ?? []).flatMap((tag) => parseName(tag) ?? []);
    images.push(...(names.length > 0 ? names : [undefined]).map((name) => ({ name, variants, content })));
  }
  return images;
}

async function savedLayer(content: Content, path: string, diffId: string): Promise<Layer> {
  const size = content.sizeOf(path);
  const head = size === undefined ? Buffer.alloc(0) : content.head(path);
  const packing = head.subarray(0, 2).equals(GZIP) ? '+gzip' : head.equals(ZSTD) ? '+zstd' : '';
  if (packing === '') return { diffId, digest: diffId, path, size, mediaType: LAYER };
  const hash = createHash('sha256');
  for await (const piece of content.stream(path)) hash.update(piece as Buffer);
  return { diffId, digest: `sha256:${hash.digest('hex')}`, path, size, mediaType: `${LAYER}${packing}` };
}
