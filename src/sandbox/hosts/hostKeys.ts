// The key by which a host shows that it is itself.

import ssh2 from 'ssh2';

const isUsable = (key: string): boolean => !(ssh2.utils.parseKey(key) instanceof Error);

/** Those of the keys that can be used; one made now when there are none. */
export function usableHostKeys(given: readonly string[]): string[] {
  const usable = given.filter(isUsable);
  if (usable.length > 0) return usable;
  // About one in two hundred keys that ssh2 makes is malformed, by its own reading too.
  for (;;) {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
    if (isUsable(key)) return [key];
  }
}
