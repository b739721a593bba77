// A host's own host keys.

import ssh2 from 'ssh2';

export const HOST_KEY = '/etc/ssh/ssh_host_ed25519_key';

const isUsable = (key: string): boolean => !(ssh2.utils.parseKey(key) instanceof Error);

/** Those of the keys that can be used; one made now when there are none. */
export function usableHostKeys(given: readonly string[]): string[] {
  const usable = given.filter(isUsable);
  return usable.length > 0 ? usable : [makeHostKey()];
}

/** A new key, in PEM. */
export function makeHostKey(): string {
  // About one in two hundred keys that ssh2 makes is malformed, by its own reading too.
  for (;;) {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
    if (isUsable(key)) return key;
  }
}

/** The public half, as a line; undefined for what is no key. */
export function publicHalf(key: string): string | undefined {
  const parsed = ssh2.utils.parseKey(key);
  return parsed instanceof Error ? undefined : `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}
