// Selects the account's SSH keys that a droplet is created with.
import { createHash } from 'node:crypto';
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import type { Cloud } from './client.ts';
import { CloudError } from './errors.ts';
import type { AccountKey } from './schemas.ts';

/** A public key on this machine. */
export interface LocalKey {
  /** `ssh-ed25519 AAAA… comment`. */
  publicKey: string;
  /** MD5, `aa:bb:…`, as DigitalOcean shows it. */
  fingerprint: string;
  /** Where it is from: a path, or the agent. */
  source: string;
}

/**
 * The account's keys that the user named by id, fingerprint (MD5 or SHA256) or name, in that order.
 * @throws UsageError naming the one that the account does not have, or has twice.
 */
export function namedKeys(keys: readonly AccountKey[], wanted: readonly string[]): AccountKey[] {
  return wanted.map((word) => {
    const [key, another] = called(keys, word);
    if (another) {
      throw new UsageError(`the account has several SSH keys named "${word}"`, {
        hint: `use an id instead: ${key!.id} or ${another.id}`,
      });
    }
    if (key) return key;
    const bare = word.toLowerCase().replace(/^md5:/, '');
    const known = keys.flatMap((one) => [String(one.id), one.fingerprint, one.name]);
    const near = nearest(bare, known);
    const listed = keys.slice(0, 6).map((one) => `${one.id} (${one.name})`);
    throw new UsageError(`the account has no SSH key "${word}"`, {
      hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : `it has ${listed.join(', ') || 'none'}`,
    });
  });
}

/** An id or fingerprint matches one key; a name may match several. */
function called(keys: readonly AccountKey[], word: string): AccountKey[] {
  const bare = word.toLowerCase().replace(/^md5:/, '');
  const sha256 = word.replace(/^sha256:/i, '').replace(/=+$/, '');
  const own = keys.find(
    (one) => String(one.id) === bare || one.fingerprint.toLowerCase() === bare || sha256Of(one.public_key) === sha256,
  );
  return own ? [own] : keys.filter(({ name }) => name === word);
}

/** As `ssh-keygen -l` prints it, without its `SHA256:`. */
function sha256Of(publicKey: string): string {
  const bytes = Buffer.from(publicKey.trim().split(/\s+/)[1] ?? '', 'base64');
  return createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
}

/** The account's entry for a local key. */
export const findKey = (keys: readonly AccountKey[], local: LocalKey): AccountKey | undefined =>
  keys.find((one) => one.fingerprint.toLowerCase() === local.fingerprint.toLowerCase());

/** What a key is called in the account when belt adds it. */
export function keyName({ publicKey, source }: LocalKey): string {
  const comment = publicKey.trim().split(/\s+/).slice(2).join(' ');
  return `belt ${comment || source}`;
}

/** The account's entry for a local key, added there if it is missing. */
export async function ensureKey(
  cloud: Pick<Cloud, 'addKey' | 'keys'>,
  keys: readonly AccountKey[],
  local: LocalKey,
): Promise<{ key: AccountKey; added: boolean }> {
  const existing = findKey(keys, local);
  if (existing) return { key: existing, added: false };
  try {
    return { key: await cloud.addKey(keyName(local), local.publicKey.trim()), added: true };
  } catch (error) {
    // Somebody added it in the meantime, or the answer got lost after it was added.
    const now = error instanceof CloudError && error.status !== 422 ? undefined : findKey(await cloud.keys(), local);
    if (!now) throw error;
    return { key: now, added: false };
  }
}
