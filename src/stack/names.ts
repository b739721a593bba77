// Configs and secrets cannot be changed, so a new content is a new object: its name tells the content, by a hash. The hash is keyed, or
// a short secret could be guessed from a name in somebody's log. The key is kept in the swarm, where only managers read it: every
// colleague's belt finds the same names.
import { createHmac, randomBytes } from 'node:crypto';
import type { DesiredData } from '../compose/desired.ts';

/** https://docs.docker.com/reference/api/engine/: names of configs and secrets. */
const MOST = 64;
const HASH = 16;

export const newSalt = (): Buffer => randomBytes(32);

export type DataKind = 'config' | 'secret';

/** What a content is known by: the same for the same content, and for nothing else. */
export function contentHash(salt: Buffer, stack: string, kind: DataKind, wanted: DesiredData): string {
  const { key, data, driver, templateDriver, labels } = wanted;
  const ordered = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const about = JSON.stringify([stack, kind, key, driver ?? null, templateDriver ?? null, ordered]);
  return createHmac('sha256', salt)
    .update(`${about}\n`)
    .update(data ?? '')
    .digest('hex')
    .slice(0, HASH);
}

/** `STACK_key_HASH`; the hash is never shortened. */
export const contentName = (stack: string, key: string, hash: string): string => withHash(`${stack}_${key}`, hash);

function withHash(name: string, hash: string): string {
  const room = MOST - hash.length - 1;
  return `${name.slice(0, room).replace(/[^a-zA-Z0-9]+$/, '')}_${hash}`;
}

/** Which content, as which version of a secret: one that comes back after another is a new version. */
export interface Versioned {
  name: string;
  /** Counts from 1. */
  version: number;
  content: Buffer;
}

/** The name in the swarm of a version of a secret that belongs to no stack. */
export function versionName(salt: Buffer, { name, version, content }: Versioned): string {
  const hash = createHmac('sha256', salt)
    .update(`${JSON.stringify([name, version])}\n`)
    .update(content)
    .digest('hex');
  return withHash(name, hash.slice(0, HASH));
}

/** The config that holds what the versions of such secrets are hashed with. */
export const SECRETS_SALT = 'belt_secrets_salt';

export const saltName = (stack: string): string => contentName(stack, 'belt', 'salt');
