// A host's own host keys.
import ssh2 from 'ssh2';
import { newKeyPair } from '../../new-key.ts';

export const HOST_KEY = '/etc/ssh/ssh_host_ed25519_key';

const isUsable = (key: string): boolean => !(ssh2.utils.parseKey(key) instanceof Error);

/** Those of the keys that can be used; one made now when there are none. */
export function usableHostKeys(given: readonly string[]): string[] {
  const usable = given.filter(isUsable);
  return usable.length > 0 ? usable : [newKeyPair().privateKey];
}

/** The public half, as a line; undefined for what is no key. */
export function publicHalf(key: string): string | undefined {
  const parsed = ssh2.utils.parseKey(key);
  return parsed instanceof Error ? undefined : `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}
