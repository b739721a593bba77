// What belt knows of credentials that DigitalOcean made for it: when they expire, which docker's configuration does not say. No secret
// is in it: a fingerprint tells whether docker still has those very credentials.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openUserFolder } from '../config/stored-accounts.ts';
import type { Context } from '../context.ts';
import type { RegistryAuth } from './docker-config.ts';

const shape = z.object({
  /** The name of the container registry. */
  name: z.string(),
  made: z.iso.datetime(),
  expires: z.iso.datetime(),
  fingerprint: z.string(),
});
export type Known = z.infer<typeof shape>;

const FILE = 'registries.json';

/** Of a token as long as DigitalOcean's nothing can be guessed from it. */
const fingerprintOf = (auth: RegistryAuth): string =>
  createHash('sha256')
    .update('password' in auth ? auth.password : auth.identitytoken)
    .digest('hex')
    .slice(0, 16);

/** Undefined where they are not those that belt had made. */
export function knownOf(context: Context, registry: string, auth: RegistryAuth): Known | undefined {
  const all = openUserFolder(context).readJson<Record<string, unknown>>(FILE);
  const read = shape.safeParse(all?.[registry]);
  return read.success && read.data.fingerprint === fingerprintOf(auth) ? read.data : undefined;
}

export function remember(
  context: Context,
  registry: string,
  { auth, ...about }: Omit<Known, 'fingerprint'> & { auth: RegistryAuth },
): void {
  change(context, (all) => ({ ...all, [registry]: { ...about, fingerprint: fingerprintOf(auth) } }));
}

export const forget = (context: Context, registry: string): void =>
  change(context, ({ [registry]: _, ...others }) => others);

function change(context: Context, how: (all: Record<string, unknown>) => Record<string, unknown>): void {
  const state = openUserFolder(context);
  const now = state.readJson<Record<string, unknown>>(FILE) ?? {};
  const next = how(now);
  if (Object.keys(next).length > 0) state.writeJson(FILE, next);
  else state.remove(FILE);
}
