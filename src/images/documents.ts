// The JSON documents of image archives, as far as belt reads them (OCI image-spec 1.1, docker save's manifest.json).
import { z } from 'zod';
import type { Content } from './content.ts';
import { BadArchive } from './tar.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const platform = z.object({ os: z.string(), architecture: z.string(), variant: z.string().nullish() });
const descriptor = z.object({
  mediaType: z.string().nullish(),
  digest,
  size: z.number().int().min(0),
  annotations: z.record(z.string(), z.string()).nullish(),
  platform: platform.nullish(),
});
export type Descriptor = z.infer<typeof descriptor>;

export const ociIndex = z.object({ manifests: z.array(descriptor) });
export const ociManifest = z.object({ config: descriptor, layers: z.array(descriptor) });
export const imageConfig = platform.extend({ rootfs: z.object({ diff_ids: z.array(digest).nullish() }) });
export type ImageConfig = z.infer<typeof imageConfig>;
export const savedImages = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()).nullish() }),
);

/** One of its documents. @throws BadArchive naming the part that is wrong */
export function readDocument<T>(content: Content, path: string, shape: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(content.read(path).toString('utf8'));
  } catch (error) {
    if (error instanceof BadArchive) throw error;
    throw new BadArchive(`its ${path} is not JSON`);
  }
  const { success, data, error } = shape.safeParse(json);
  if (success) return data;
  const where = error.issues[0]?.path.join('.') || 'its beginning';
  throw new BadArchive(`its ${path} is not as it should be, at ${where}`);
}
