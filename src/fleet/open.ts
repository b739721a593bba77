import { isDeepStrictEqual } from 'node:util';
import { knownNodes, rememberNodes } from '../config/choices.ts';
import { knownLogins, rememberLogin } from '../config/logins.ts';
import type { State } from '../config/state.ts';
import type { Settings } from '../config/types.ts';
import type { Context } from '../context.ts';
import type { Lease } from '../keeper/lease.ts';
import type { Place } from '../keeper/messages.ts';
import type { Droplet } from '../model/droplet.ts';
import type { Node } from '../model/node.ts';
import { AmbiguousName, isOpen, naturalCompare, select } from '../patterns/index.ts';
import type { Connection, SshHost } from '../ssh/connection.ts';
import { SshError } from '../ssh/errors.ts';
import type { Jump } from '../ssh/host.ts';
import type { Identities, Identity } from '../ssh/identity.ts';
import { addressIn, addressOf } from './address.ts';
import type { Fleet, KeptPatience, OwnKeyOptions, ReachPatience } from './fleet.ts';
import { type HostKeys, openHostKeys } from './host-keys.ts';
import { jumpOf, jumpPlaces, openJump } from './jump.ts';
import { named } from './named.ts';
import { reach } from './reach.ts';
import { isSshConfigKept } from './ssh-config-kept.ts';

export async function openFleet(context: Context): Promise<Fleet> {
  return new ClusterFleet(context, await context.settings(), await context.state());
}

class ClusterFleet implements Fleet {
  readonly #context: Context;
  readonly #settings: Settings;
  readonly #state: State;
  readonly #hostKeys: HostKeys;
  #identities: Promise<Identities> | undefined;
  #own: Identity | undefined;
  readonly #jump: Jump | undefined;
  /** By the droplet's id: few hosts take many connections in a short time. */
  readonly #kept = new Map<number, Connection>();

  constructor(context: Context, settings: Settings, state: State) {
    this.#context = context;
    this.#settings = settings;
    this.#state = state;
    this.#hostKeys = openHostKeys(state, settings.sshPort);
    this.#jump = openJump({ context, fleet: this, settings, state, logins: () => this.#outsideLogin() });
  }

  async list(): Promise<Droplet[]> {
    const { clusterDroplets } = await import('./cluster-droplets.ts');
    const droplets = await clusterDroplets(this.#context, this.#settings.cluster, { partial: true });
    const nodes = droplets.sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
    await this.remember(nodes);
    return nodes;
  }

  async select(words: readonly string[]): Promise<Node[]> {
    return named(this.#context, words, await this.list());
  }

  async locate(words: readonly string[]): Promise<Node[]> {
    const isReachable = (node: Node) => addressIn(node, this.#settings) !== undefined;
    return cached(words, this.known().filter(isReachable)) ?? this.select(words);
  }

  known(): readonly Node[] {
    return knownNodes(this.#state, this.#settings.cluster);
  }

  async connect(node: Node, options?: ReachPatience): Promise<Connection> {
    const waiting = this.#kept.get(node.id);
    this.#kept.delete(node.id);
    return waiting && !waiting.lost ? waiting : reach(this.#context, this, node, options);
  }

  async kept(node: Node, { keepMs = this.#settings.keepMs, ...patience }: KeptPatience): Promise<Lease | undefined> {
    if (!keepMs || !this.hasOwnKey(node)) return undefined;
    const host = this.#hostOf(node, { auth: [] });
    const { leaseOf } = await import('./kept.ts');
    const take = (jumps?: Place[]) =>
      leaseOf(this.#context, { ...patience, node, keepMs, host, jumps, login: () => this.host(node) });
    return host.jump === undefined ? take() : this.#keptThroughJump(take);
  }

  /** Looks up where the jump hosts are when none answers where they were. */
  async #keptThroughJump(take: (jumps: Place[]) => Promise<Lease | undefined>): Promise<Lease | undefined> {
    const find = () => jumpPlaces(this.#state, this.#settings, (jump) => this.hasOwnKey(jump));
    const jumps = find();
    // Its first login, by which it gets a key of its own, is not the keeper's.
    if (jumps.length === 0) return undefined;
    try {
      return await take(jumps);
    } catch (error) {
      if (!(error instanceof SshError) || !error.isJumps || jumpOf(this.#settings)?.kind === 'host') throw error;
      await this.list();
      const moved = find();
      if (moved.length === 0 || isDeepStrictEqual(moved, jumps)) throw error;
      return take(moved);
    }
  }

  async host(node: Node): Promise<SshHost> {
    return this.#hostOf(node, await this.#logins(node));
  }

  #hostOf(node: Node, login: Pick<SshHost, 'auth' | 'onLogin'>): SshHost {
    const hostKeys = this.#hostKeys;
    return {
      name: node.name,
      address: addressOf(node, this.#settings),
      ...(this.#jump && node.publicAddress === undefined && { jump: this.#jump }),
      port: this.#settings.sshPort,
      user: this.#settings.sshUser,
      ...login,
      // Asked at each connection: they change while a node gets a key of its own.
      get hostKeys() {
        return hostKeys.of(node);
      },
    };
  }

  /** The keys to offer to a node, the one that it is known to accept first. */
  async #logins({ id }: Node): Promise<Pick<SshHost, 'auth' | 'onLogin'>> {
    const { list, auth } = await this.#auth(this.#settings.sshUser, knownLogins(this.#state, id));
    return {
      auth,
      onLogin: (index) => {
        const { fingerprint } = list[index] ?? {};
        if (index > 0 && fingerprint !== undefined) rememberLogin(this.#state, id, fingerprint);
      },
    };
  }

  /** The keys to offer to a jump host that is no node. */
  async #outsideLogin(): Promise<Pick<SshHost, 'auth'>> {
    const jump = jumpOf(this.#settings);
    return this.#auth(jump?.kind === 'host' ? jump.user : this.#settings.sshUser);
  }

  /** The keys in the order in which they are offered: those that the host is known to accept, those of the settings, the rest. */
  async #auth(
    user: string,
    accepted: readonly string[] = [],
  ): Promise<Pick<SshHost, 'auth'> & { list: readonly Identity[] }> {
    // Loaded when it is needed: where the connection is kept it is not.
    const { authMethods, loginOrder, ownIdentity } = await import('../ssh/identity.ts');
    const found = await this.identities();
    this.#own ??= ownIdentity(found, this.#context.home);
    const list = loginOrder(found, this.#own, [...accepted, ...this.#settings.sshKeyFingerprints]);
    return { list, auth: authMethods({ ...found, list }, user) };
  }

  hasOwnKey(node: Node): boolean {
    return this.#hostKeys.of(node).length > 0 && !this.isUntouched(node);
  }

  isUntouched(node: Node): boolean {
    return this.#hostKeys.interim(node) !== undefined;
  }

  identities(): Promise<Identities> {
    this.#identities ??= ownIdentities(this.#context, this.#settings.sshKeyPath);
    return this.#identities;
  }

  async pin(nodes: readonly Node[], key: Buffer): Promise<void> {
    this.#hostKeys.pin(nodes, key);
  }

  async introduce(nodes: readonly Node[], key: Buffer): Promise<void> {
    this.#hostKeys.introduce(nodes, key);
    if (this.known().length === 0) await (await import('./ssh-logins.ts')).keepNewLogin(this.#context);
  }

  async ownHostKey(node: Node, connection: Connection, { keep = false, ...options }: OwnKeyOptions): Promise<void> {
    if (!this.isUntouched(node)) return;
    const onProven = keep ? (proof: Connection) => void this.#kept.set(node.id, proof) : undefined;
    const { ownHostKey } = await import('./own-key.ts');
    await ownHostKey(this.#context, this.#hostKeys, node, connection, { ...options, onProven });
  }

  async forget(nodes: readonly Node[]): Promise<void> {
    const gone = new Set(nodes.map(({ id }) => id));
    this.#hostKeys.forget(nodes);
    await this.remember(this.known().filter(({ id }) => !gone.has(id)));
  }

  async remember(nodes: readonly Node[]): Promise<void> {
    try {
      rememberNodes(this.#state, this.#settings.cluster, nodes);
    } catch (error) {
      // Only a cache: a full disk must not stop the work.
      this.#context.out.warn((error as Error).message);
    }
    if (!isSshConfigKept(this.#state)) return;
    const { followSshConfig } = await import('./ssh-config.ts');
    await followSshConfig(this.#context);
  }
}

/** The nodes that the words name by their plain names, if all of them are known, each once. */
function cached(words: readonly string[], known: readonly Node[]): Node[] | undefined {
  // An address that is known may be another droplet's by now.
  if (isOpen(words)) return undefined;
  try {
    const { chosen, missing } = select(words, known);
    return missing.length === 0 ? chosen : undefined;
  } catch (error) {
    // One of them may be gone.
    if (error instanceof AmbiguousName) return undefined;
    throw error;
  }
}

async function ownIdentities(context: Context, keyPath: string | undefined): Promise<Identities> {
  const { loadIdentities } = await import('../ssh/identity.ts');
  return loadIdentities({
    keyPath,
    agentSocket: context.env['SSH_AUTH_SOCK'] || undefined,
    home: context.home,
    askPassphrase: context.interactive ? (path) => askPassphrase(context, path) : undefined,
    signal: context.signal,
    onWarning: (text) => context.out.warn(text),
  });
}

async function askPassphrase(context: Context, path: string): Promise<string> {
  const { askSecret } = await import('../output/prompt.ts');
  return askSecret(context, `Passphrase for ${path}: `);
}
