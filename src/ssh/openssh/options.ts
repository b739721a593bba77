// What OpenSSH is told so that it accepts a droplet by belt's pins and nothing else (ssh_config(5)).
import { BeltError, UsageError } from '../../errors.ts';
import { hostAlias } from '../pins.ts';
import type { SshOption } from './words.ts';

/** A keyword and its value, quoted where that is needed. */
export type Setting = readonly [keyword: string, value: string];

/** Since when OpenSSH knows KnownHostsCommand, another source of keys; an older one refuses the keyword, and has no such source. */
const KNOWS_COMMANDS = 8.5;

/**
 * The host key is one that `knownHosts` pins for the droplet's id, whatever its address and the user's own files say. `version` is that
 * of the ssh here. (`IgnoreUnknown` would do without it, and take the place of the user's own, of which ssh takes the first.)
 */
export const pinning = (id: number | string, knownHosts: string, version = 0): Setting[] => [
  ['HostKeyAlias', hostAlias(id)],
  ['UserKnownHostsFile', sshPath(knownHosts)],
  ['GlobalKnownHostsFile', '/dev/null'],
  ['StrictHostKeyChecking', 'yes'],
  ['VerifyHostKeyDNS', 'no'],
  ['UpdateHostKeys', 'no'],
  ['CheckHostIP', 'no'],
  ['NoHostAuthenticationForLocalhost', 'no'],
  ...(version >= KNOWS_COMMANDS ? [['KnownHostsCommand', 'none'] as const] : []),
];

/** The keys to log in with, in this order; without any, ssh's own choice. */
export const loggingIn = (identityFiles: readonly string[]): Setting[] =>
  identityFiles.length === 0
    ? []
    : [...identityFiles.map((path): Setting => ['IdentityFile', sshPath(path)]), ['IdentitiesOnly', 'yes']];

/** A path as the value of a keyword. @throws BeltError for one that ssh_config(5) has no way to write */
export function sshPath(path: string): string {
  // A backslash before another, a quote or the end: from 8.7 on ssh reads the two as one, before that it did not.
  if (/["\n\r]|\\(?:['\\]|$)/.test(path) || path.includes('${')) {
    throw new BeltError(`OpenSSH cannot be told of the file ${JSON.stringify(path)}`, { hint: 'give it another name' });
  }
  const escaped = path.replaceAll('%', '%%');
  return /^[\w./%@:+,-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** Those that `pinning` sets, in lower case. */
const PINNED = new Set(pinning(0, '/', KNOWS_COMMANDS).map(([keyword]) => keyword.toLowerCase()));

/** Refuses options that would have another host key accepted. @throws UsageError */
export function refuseOtherKeys(options: readonly SshOption[]): void {
  for (const { letter, value = '' } of options) {
    const keyword = keywordOf(value);
    if (letter !== 'o' || !PINNED.has(keyword.toLowerCase())) continue;
    throw new UsageError(`belt ssh sets ${keyword} itself: the host key must be the pinned one`, {
      hint: 'for a key that changed: belt trust NODE',
    });
  }
}

const keywordOf = (value: string): string => /^\s*"?(\w+)/.exec(value)?.[1] ?? '';

/** Whether the options name the socket of a shared connection. Without that, the user's own file would: by an address, perhaps another's by now. */
export const sharesConnections = (options: readonly SshOption[]): boolean =>
  options.some(
    ({ letter, value = '' }) => letter === 'S' || (letter === 'o' && keywordOf(value).toLowerCase() === 'controlpath'),
  );
