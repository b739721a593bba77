// Secrets never reach a log, a trace or an error.

/** A swarm join token: `SWMTKN-1-<digest>-<secret>` (moby, ca/certificates.go). */
const JOIN_TOKEN = /SWMTKN-1-[0-9a-z]+-[0-9a-z]+/g;
/** What opens the locked managers of a swarm: `SWMKEY-1-<base64>` (swarmkit, manager/encryption). */
const UNLOCK_KEY = /SWMKEY-1-[A-Za-z0-9+/]+/g;
const BEARER = /(Bearer\s+)\S+/gi;

/** A function that hides the given secrets, and whatever looks like a token, in a text. */
export function masker(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = secrets
    .filter((secret): secret is string => secret !== undefined && secret.length >= 4)
    // The longest first: one may begin like another.
    .sort((a, b) => b.length - a.length);
  return (text) =>
    known
      .reduce((masked, secret) => masked.split(secret).join('•••'), text)
      .replace(JOIN_TOKEN, 'SWMTKN-•••')
      .replace(UNLOCK_KEY, 'SWMKEY-•••')
      .replace(BEARER, '$1•••');
}
