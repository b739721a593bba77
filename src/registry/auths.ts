// The credentials that go to a swarm with a service: those that this machine's docker has for the registry of its image.
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { renew } from './digitalocean.ts';
import { type RegistryAuth, storedAuth } from './docker-config.ts';
import { registryOf, shownRegistry } from './hosts.ts';
import { knownOf } from './known.ts';

/** Credentials, and what may be told of them. */
export interface Credentials {
  registry: string;
  /** Never printed. */
  auth: RegistryAuth;
  /** Undefined where that is a token too. */
  user: string | undefined;
  /** As ISO 8601; undefined where nobody says. */
  expires: string | undefined;
}

export class RegistryAuths {
  readonly #context: Context;
  readonly #renews: boolean;
  readonly #asked = new Map<string, Promise<Credentials | undefined>>();

  /** `renews`: false where nothing is sent, and so nothing is made. */
  constructor(context: Context, { renews = true }: { renews?: boolean } = {}) {
    this.#context = context;
    this.#renews = renews;
  }

  /** For an image; undefined where this machine has none. What is wrong with them is a warning: a registry may ask for none. */
  async of(image: string): Promise<Credentials | undefined> {
    const registry = registryOf(image);
    try {
      return await this.for(registry);
    } catch (error) {
      this.#context.signal.throwIfAborted();
      this.#warnOnce(registry, error);
      return undefined;
    }
  }

  readonly #warned = new Set<string>();

  #warnOnce(registry: string, error: unknown): void {
    if (this.#warned.has(registry)) return;
    this.#warned.add(registry);
    this.#context.out.warn(
      `no credentials for ${shownRegistry(registry)} from this machine’s docker: ${messageOf(error)}`,
    );
  }

  /** For a registry; `isFresh`: such as DigitalOcean makes are made once more. @throws BeltError */
  for(registry: string, { isFresh = false } = {}): Promise<Credentials | undefined> {
    const asking = this.#asked.get(registry) ?? this.#find(registry, { isFresh });
    this.#asked.set(registry, asking);
    return asking;
  }

  async #find(registry: string, { isFresh }: { isFresh: boolean }): Promise<Credentials | undefined> {
    const auth = await storedAuth(this.#context, registry);
    if (!auth) return undefined;
    hide(this.#context, auth);
    const known = knownOf(this.#context, registry, auth);
    if (!known) return { registry, auth, user: userOf(auth), expires: undefined };
    const now = this.#context.clock.now();
    const isOld = Date.parse(known.expires) - now < (Date.parse(known.expires) - Date.parse(known.made)) / 2;
    if (!isFresh && !isOld) return { registry, auth, user: userOf(auth), expires: known.expires };
    if (!this.#renews) {
      // As they would be: for as long as before, from now on.
      const lastsMs = Date.parse(known.expires) - Date.parse(known.made);
      return { registry, auth, user: userOf(auth), expires: new Date(now + lastsMs).toISOString() };
    }
    try {
      const made = await renew(this.#context, known);
      return { registry, auth: made.auth, user: userOf(made.auth), expires: made.expires };
    } catch (error) {
      this.#context.signal.throwIfAborted();
      if (isFresh) throw error;
      const until = Date.parse(known.expires) > now ? `expire ${known.expires}` : `expired ${known.expires}`;
      this.#context.out.warn(
        `the credentials for ${shownRegistry(registry)} ${until} and cannot be renewed: ${messageOf(error)}`,
      );
      return { registry, auth, user: userOf(auth), expires: known.expires };
    }
  }
}

export function hide({ secrets }: Pick<Context, 'secrets'>, auth: RegistryAuth): void {
  secrets.add('password' in auth ? auth.password : auth.identitytoken, JSON.stringify(auth));
  if ('password' in auth) secrets.add(Buffer.from(`${auth.username}:${auth.password}`).toString('base64'));
}

/** DigitalOcean gives a token as the user, too. */
const userOf = (auth: RegistryAuth): string | undefined =>
  'username' in auth && !auth.username.includes(auth.password) ? auth.username : undefined;
