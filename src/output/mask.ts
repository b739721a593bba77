// Secrets never reach a log, a trace or an error.

/** What is always hidden, whoever it belongs to. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  // A private key of any kind (PEM), even if truncated or with escaped newlines.
  [/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----(?:[\s\S]*?-----END \1-----|[\s\S]*)/g, '-----BEGIN $1-----•••'],
  // A swarm's join token: `SWMTKN-1-<digest>-<secret>` (moby, ca/certificates.go).
  [/SWMTKN-1-[0-9a-z]+-[0-9a-z]+/g, 'SWMTKN-•••'],
  // What unlocks the managers of a swarm: `SWMKEY-1-<base64>` (swarmkit, manager/encryption).
  [/SWMKEY-1-[A-Za-z0-9+/]+/g, 'SWMKEY-•••'],
  // DigitalOcean's tokens: personal, OAuth, refresh.
  [/\bdo[opr]_v1_[A-Za-z0-9]{16,}/g, '•••'],
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?[a-z]+\s+)[^\s"',;]+/gi, '$1•••'],
  [/\b(Bearer\s+)[^\s"',;]+/gi, '$1•••'],
  // The password in an address: `http://user:password@proxy:3128`.
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, '$1•••@'],
];

/** A secret verbatim, and as an API or a proxy may echo it. */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [secret, encodeURIComponent(secret), base64, base64.replaceAll('+', '-').replaceAll('/', '_')];
}

/** The secrets of one run: those it was given, and everything that looks like one. */
export class Secrets {
  #known: readonly string[] = [];

  constructor(secrets: readonly (string | undefined)[] = []) {
    this.add(...secrets);
  }

  /** Adds secrets to hide; values too short to be a secret are ignored. */
  add(...secrets: readonly (string | undefined)[]): void {
    const long = secrets
      .map((secret) => secret?.trim())
      .filter((secret): secret is string => secret !== undefined && secret.length >= 4);
    // The longest first: one may begin like another.
    this.#known = [...new Set([...this.#known, ...long.flatMap(formsOf)])].toSorted((a, b) => b.length - a.length);
  }

  /** The text without them. */
  readonly hide = (text: string): string =>
    SHAPES.reduce(
      (hidden, [shape, instead]) => hidden.replace(shape, instead),
      this.#known.reduce((hidden, secret) => hidden.split(secret).join('•••'), text),
    );
}
