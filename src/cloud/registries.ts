// The container registries of an account, which do-wrapper does not know.
import { z } from 'zod';
import { one } from './answers.ts';
import type { Transport } from './transport.ts';

export interface Registries {
  /** The names of the account's container registries. */
  registries(): Promise<string[]>;
  /** Credentials that only read, as `auth` of docker's configuration has them; they expire after so many seconds. */
  registryCredentials(name: string, expirySeconds: number): Promise<string>;
}

const list = z.array(z.object({ name: z.string().min(1) })).nullable();
/** Where the images of all of them are. */
export const REGISTRY_HOST = 'registry.digitalocean.com';
const auths = z.object({ [REGISTRY_HOST]: z.object({ auth: z.string().min(1) }) });

export const registries = (send: Transport): Registries => ({
  registries: async () =>
    (one('registries', list, await send({ method: 'GET', path: '/v2/registries', query: {} })) ?? []).map(
      ({ name }) => name,
    ),
  registryCredentials: async (name, expirySeconds) => {
    const path = `/v2/registries/${encodeURIComponent(name)}/docker-credentials`;
    const query = { read_write: 'false', expiry_seconds: String(expirySeconds) };
    return one('auths', auths, await send({ method: 'GET', path, query }))[REGISTRY_HOST]!.auth;
  },
});
