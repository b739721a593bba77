// The registry that the simulated engines believe in: every image exists there, and its digest is that of its name.

import { createHash } from 'node:crypto';

/** `nginx` → `nginx:latest`; a tag or a digest that is there stays. */
export function withTag(image: string): string {
  return /(:[\w.-]+|@sha256:[0-9a-f]+)$/.test(image) ? image : `${image}:latest`;
}

export const digestOf = (image: string): string =>
  `sha256:${createHash('sha256').update(withTag(image)).digest('hex')}`;

/** The reference as a service's spec has it: with the digest, so that all nodes run the same. */
export function pinned(image: string): string {
  const tagged = withTag(image);
  const isName = /^[a-z0-9]+([._/:-][a-zA-Z0-9._-]*)*$/.test(tagged);
  return tagged.includes('@sha256:') || !isName ? tagged : `${tagged}@${digestOf(tagged)}`;
}

/** A plausible size, the same on every host. */
export function sizeOf(image: string): number {
  const known: Record<string, number> = {
    'nginx:latest': 192_387_542,
    'hello-world:latest': 10_072,
    'alpine:latest': 8_312_832,
  };
  return known[withTag(image)] ?? 20_000_000 + (Number.parseInt(digestOf(image).slice(7, 13), 16) % 180_000_000);
}
