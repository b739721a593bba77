// Ids as Docker writes them, from the sandbox's seeded random numbers.

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

function letters(random: () => number, alphabet: string, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}

/** The id of a node, a service, a task or a cluster, and the secret of a join token: 25 letters and digits. */
export const swarmId = (random: () => number): string => letters(random, BASE36, 25);

/** Hex digits: 64 for a container or an image, 12 for what is shown of one. */
export const hexId = (random: () => number, length = 64): string => letters(random, '0123456789abcdef', length);

export function uuid(random: () => number): string {
  const hex = hexId(random, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** The part of a join token that names the cluster's certificate. */
export const caDigest = (random: () => number): string => letters(random, BASE36, 50);

/** What opens a locked manager: 32 bytes in base64, without padding (swarmkit, manager/encryption). */
export const unlockKey = (random: () => number): string =>
  `SWMKEY-1-${Buffer.from(hexId(random), 'hex').toString('base64').replace('=', '')}`;

const ADJECTIVES = ['bold', 'calm', 'eager', 'fair', 'keen', 'kind', 'quick', 'quiet', 'vivid', 'wise'];
const NAMES = ['bell', 'bohr', 'curie', 'gauss', 'hertz', 'hopper', 'kepler', 'lamarr', 'noether', 'turing'];

/** For what was given no name. */
export function randomName(random: () => number): string {
  const one = (words: readonly string[]) => words[Math.floor(random() * words.length)]!;
  return `${one(ADJECTIVES)}_${one(NAMES)}`;
}
