// Credentials for DigitalOcean's container registry, which its API makes: they only read, and expire.
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import { decodeAuth, type RegistryAuth, storeAuth } from './docker-config.ts';
import { DIGITALOCEAN } from './hosts.ts';
import { type Known, remember } from './known.ts';

export interface Made {
  /** The name of the container registry. */
  name: string;
  /** As ISO 8601. */
  expires: string;
  auth: RegistryAuth & { username: string; password: string };
  /** Where docker keeps them. */
  kept: { helper: string | undefined; file: string };
}

/**
 * Has credentials made for the account's container registry, and docker keep them.
 * @throws UsageError where it has several and none is named; BeltError
 */
export async function logInToDigitalOcean(
  context: Context,
  { name: wanted, seconds }: { name?: string | undefined; seconds: number },
): Promise<Made> {
  const cloud = await context.cloud();
  const name = wanted ?? onlyOne(await cloud.registries());
  const encoded = await cloud.registryCredentials(name, seconds);
  // Not before that: what was given later expires later.
  const now = context.clock.now();
  const auth = decodeAuth(DIGITALOCEAN, encoded);
  if (!auth || !('password' in auth))
    throw new BeltError('DigitalOcean’s response has no credentials that docker can use');
  context.secrets.add(auth.password, auth.username, encoded);
  const expires = new Date(now + seconds * 1000).toISOString();
  const kept = await storeAuth(context, DIGITALOCEAN, auth);
  remember(context, DIGITALOCEAN, { name, made: new Date(now).toISOString(), expires, auth });
  return { name, expires, auth, kept };
}

/** The same again, for as long as before. */
export const renew = (context: Context, { name, made, expires }: Known): Promise<Made> =>
  logInToDigitalOcean(context, { name, seconds: Math.round((Date.parse(expires) - Date.parse(made)) / 1000) });

function onlyOne(names: readonly string[]): string {
  const [first, ...others] = names;
  if (first === undefined) {
    throw new BeltError('the account has no container registry', {
      hint: 'create one: https://cloud.digitalocean.com/registry · another account’s: belt --account NAME registry login …',
    });
  }
  if (others.length === 0) return first;
  throw new UsageError(`the account has ${names.length} container registries: ${names.join(', ')}`, {
    hint: `belt registry login ${DIGITALOCEAN}/${first}`,
  });
}
