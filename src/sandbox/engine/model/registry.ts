// The registry of the simulated engines: every image exists there, with a digest derived from its name, but for those of hosts that
// cannot be (RFC 2606), and the tag `missing` on hosts below .test.
import { createHash } from 'node:crypto';
import { attempt } from '../../attempt.ts';

/** `nginx` → `nginx:latest`; a tag or a digest that is there stays. */
export const withTag = (image: string): string =>
  /(:[\w.-]+|@sha256:[0-9a-f]+)$/.test(image) ? image : `${image}:latest`;

export const digestOf = (image: string): string =>
  `sha256:${createHash('sha256').update(withTag(image)).digest('hex')}`;

/** Hosts that ask for credentials: some whose names RFC 2606 keeps free, and the one of DigitalOcean. */
const isPrivate = (image: string): boolean =>
  /^[^/]*\.example(:\d+)?\//.test(image) || image.startsWith('registry.digitalocean.com/');

/** Whether one pulls it who has these credentials, as X-Registry-Auth has them: base64 of the URL's alphabet, as Docker reads it. */
export function mayPull(image: string, registryAuth: string | undefined): boolean {
  if (!isPrivate(image)) return true;
  if (registryAuth === undefined || !/^[\w-]+=*$/.test(registryAuth)) return false;
  const read = attempt(() => JSON.parse(Buffer.from(registryAuth, 'base64url').toString()));
  const { username, password, identitytoken } = read ?? {};
  return (typeof username === 'string' && typeof password === 'string') || typeof identitytoken === 'string';
}

/** Whether its registry has it: of those that play a part in examples alone, some tags are missing. */
export const isThere = (image: string): boolean => !/^[^/]*\.test\/.*:missing$/.test(image);

/** Whether its registry can be reached. */
export const exists = (image: string): boolean => !/^[^/]*\.invalid\//.test(image);

const isName = (image: string): boolean => /^[a-z0-9]+([._/:-][a-zA-Z0-9._-]*)*$/.test(image);

/** The reference as a service's spec has it: with the digest, so that all nodes run the same, unless nobody asked for it. */
export function pinned(image: string, { resolve }: { resolve: boolean }): string {
  if (!isName(image)) return image;
  const tagged = withTag(image);
  // Nobody tells what it is.
  if (!exists(image) || image.startsWith('127.0.0.1:1/')) return tagged;
  return resolve && !tagged.includes('@sha256:') ? `${tagged}@${digestOf(tagged)}` : tagged;
}

/** What a container of the image runs and listens on, where it is known. */
export function configOf(image: string): { command: string; ports: string[] } {
  const known: Record<string, { command: string; ports: string[] }> = {
    nginx: { command: `/docker-entrypoint.sh nginx -g 'daemon off;'`, ports: ['80/tcp'] },
    'hello-world': { command: '/hello', ports: [] },
    alpine: { command: '/bin/sh', ports: [] },
  };
  return known[image.replace(/[:@].*$/, '')] ?? { command: '', ports: [] };
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
