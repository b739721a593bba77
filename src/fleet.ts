// The nodes of the cluster: names to droplets to connections. Commands meet the cloud and SSH here.
import type ssh2 from 'ssh2';
import { clusterTag, isBelts, runOf } from './cloud/tags.ts';
import { type KnownNode, knownNodes, readRun, rememberNodes } from './config/choices.ts';
import type { Context } from './context.ts';
import { BeltError, UsageError } from './errors.ts';
import { naturalCompare, nearest, select } from './patterns/index.ts';
import { type Connection, connect, SshError, type SshHost } from './ssh/connection.ts';
import { keyBytes } from './ssh/fingerprint.ts';
import { authMethods, type Identities, loadIdentities } from './ssh/identity.ts';
import { type PinnedHost, pinnedKeys, withoutHosts, withPins } from './ssh/pins.ts';

/** A droplet of the cluster, as far as reaching it goes. */
export type Node = KnownNode;

export interface Fleet {
  /** The cluster's droplets, asked of DigitalOcean now, in natural order. */
  list(): Promise<Node[]>;
  /** The nodes that the words name, from DigitalOcean. @throws UsageError naming the first word that names none */
  select(words: readonly string[]): Promise<Node[]>;
  /** Like select, from the cache where that knows every word by its plain name: no request. */
  locate(words: readonly string[]): Promise<Node[]>;
  /** Connects, with the node's address asked anew when the cached one does not lead to it. */
  connect(node: Node): Promise<Connection>;
  /** What SSH must know of a node: address, login, pinned keys. */
  host(node: Node): Promise<SshHost>;
  identities(): Promise<Identities>;
  /** Pins one host key for these nodes. */
  pin(nodes: readonly Node[], key: Buffer): Promise<void>;
  /** Forgets droplets that are gone. */
  forget(nodes: readonly Node[]): Promise<void>;
  remember(nodes: readonly Node[]): Promise<void>;
}

const KNOWN_HOSTS = 'known_hosts';
const CONNECT_TIMEOUT_MS = 15_000;
/** sshd drops connections beyond MaxStartups (10 unauthenticated ones) at random: that passes. */
const DROPPED_PAUSES_MS = [300, 900];

export async function openFleet(context: Context): Promise<Fleet> {
  const settings = await context.settings();
  const state = await context.state();
  let identities: Promise<Identities> | undefined;

  const fleet: Fleet = {
    list: async () => {
      const droplets = await (await context.cloud()).droplets({ tag: clusterTag(settings.cluster) });
      const nodes = droplets
        .map(({ id, name, publicAddress, privateAddress, tags }) => ({ id, name, publicAddress, privateAddress, tags }))
        .sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
      await fleet.remember(nodes);
      return nodes;
    },
    select: async (words) => chosen(context, words, await withRoles(context, words, await fleet.list())),
    locate: async (words) => {
      const plain = words.every((word) => !/[*?@!]/.test(word));
      const { chosen: found, missing } = plain
        ? select(words, knownNodes(state, settings.cluster))
        : { chosen: [], missing: words };
      // A node that was cached while it booted has no address there.
      const reachable = found.every(({ publicAddress }) => publicAddress !== undefined);
      return missing.length === 0 && reachable ? found : fleet.select(words);
    },
    connect: (node) => connectNode(context, fleet, node),
    host: async (node) => ({
      name: node.name,
      address: node.publicAddress ?? noAddress(node),
      port: settings.sshPort,
      user: settings.sshUser,
      auth: authMethods(await fleet.identities(), settings.sshUser) as ssh2.AnyAuthMethod[],
      hostKeys: hostKeys(node),
    }),
    identities: () => {
      identities ??= loadIdentities({
        keyPath: settings.sshKeyPath,
        agentSocket: context.env['SSH_AUTH_SOCK'] || undefined,
        home: context.home,
        askPassphrase: context.interactive ? (path) => askPassphrase(context, path) : undefined,
      });
      return identities;
    },
    pin: async (nodes, key) => {
      const pins = pinned(nodes).map((host) => ({ host, key }));
      state.update(KNOWN_HOSTS, (file) => withPins(file, pins));
    },
    forget: async (nodes) => {
      const gone = new Set(nodes.map(({ id }) => id));
      state.update(KNOWN_HOSTS, (file) => withoutHosts(file, pinned(nodes)));
      await fleet.remember(knownNodes(state, settings.cluster).filter(({ id }) => !gone.has(id)));
    },
    remember: async (nodes) => {
      try {
        rememberNodes(state, settings.cluster, nodes);
      } catch (error) {
        // Only a cache: a full disk must not stop the work.
        context.out.warn((error as Error).message);
      }
    },
  };

  const pinned = (nodes: readonly Node[]): PinnedHost[] =>
    nodes.map(({ id, publicAddress }) => ({ id, address: publicAddress ?? '', port: settings.sshPort }));

  /** A droplet's pinned keys; before it has any, the key with which its run made it. */
  const hostKeys = (node: Node): Buffer[] => {
    const keys = pinnedKeys(state.read(KNOWN_HOSTS), node.id);
    const run = runOf(node.tags);
    const started = keys.length === 0 && run ? keyBytes(readRun(state, run)?.hostKey ?? '') : undefined;
    return started ? [started] : keys;
  };

  return fleet;
}

function noAddress(node: Node): never {
  throw new BeltError(`${node.name} has no public address yet`, { hint: 'wait a little, then see: belt ls' });
}

async function withRoles(context: Context, words: readonly string[], nodes: Node[]): Promise<Node[]> {
  const { needsRoles } = await import('./patterns/index.ts');
  if (!needsRoles(words)) return nodes;
  return (await import('./commands/shared/roles.ts')).withRoles(context, nodes);
}

async function chosen(context: Context, words: readonly string[], nodes: readonly Node[]): Promise<Node[]> {
  const { chosen: found, missing } = select(words, nodes);
  const [first] = missing;
  if (first === undefined) return found;
  throw await noSuchNode(context, first, nodes);
}

/** The error for a word that names no node of the cluster. */
async function noSuchNode(context: Context, word: string, nodes: readonly Node[]): Promise<UsageError> {
  const { cluster } = await context.settings();
  const near = nearest(
    word,
    nodes.map(({ name }) => name),
  );
  if (near.length > 0)
    return new UsageError(`there is no node "${word}"`, { hint: `did you mean ${near.join(', ')}?` });
  const foreign = /^[\w.-]+$/.test(word) ? await (await context.cloud()).droplets({ name: word }) : [];
  if (foreign.length > 0) {
    const made = isBelts(foreign[0]!.tags) ? 'belongs to another cluster' : 'was not made by belt';
    return new UsageError(`the droplet "${word}" ${made}`, { hint: 'see: belt ls --all' });
  }
  const where = cluster === 'default' ? '' : ` in cluster ${cluster}`;
  const hint = nodes.length > 0 ? 'see: belt ls' : 'make one: belt create 1gb node1';
  return new UsageError(`there is no node "${word}"${where}`, { hint });
}

async function connectNode(context: Context, fleet: Fleet, node: Node): Promise<Connection> {
  try {
    return await dial(context, fleet, node);
  } catch (error) {
    if (!(error instanceof SshError) || error.refusal === 'auth') throw error;
    // The cached address may be another machine's by now: the pinned key says so before anything is sent.
    const now = await freshNode(context, node).catch(() => undefined);
    if (now === 'gone') throw new BeltError(`${node.name} does not exist any more`, { hint: 'see: belt ls' });
    if (now === undefined || (now.id === node.id && now.publicAddress === node.publicAddress)) throw error;
    return dial(context, fleet, now);
  }
}

async function freshNode(context: Context, node: Node): Promise<Node | 'gone'> {
  const nodes = await (await context.fleet()).list();
  return nodes.find(({ id }) => id === node.id) ?? nodes.find(({ name }) => name === node.name) ?? 'gone';
}

async function dial(context: Context, fleet: Fleet, node: Node): Promise<Connection> {
  const { clock, signal } = context;
  const host = await fleet.host(node);
  for (let tries = 0; ; tries++) {
    const startMs = clock.now();
    try {
      const connection = await connect(host, { timeoutMs: CONNECT_TIMEOUT_MS, signal });
      context.trace?.(
        `${node.name} ssh ${host.user}@${host.address}:${host.port} connected ${clock.now() - startMs} ms`,
      );
      return connection;
    } catch (error) {
      signal.throwIfAborted();
      context.trace?.(
        `${node.name} ssh ${host.address}:${host.port} ${(error as Error).message} ${clock.now() - startMs} ms`,
      );
      const pauseMs = DROPPED_PAUSES_MS[tries];
      if (!(error instanceof SshError) || error.refusal !== 'lost' || pauseMs === undefined) throw error;
      await clock.sleep(pauseMs, signal);
    }
  }
}

async function askPassphrase(context: Context, path: string): Promise<string> {
  const { askSecret } = await import('./output/prompt.ts');
  return askSecret(context, `Passphrase for ${path}: `);
}
