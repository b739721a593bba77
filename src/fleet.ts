import { knownNodes, rememberNodes } from './config/choices.ts';
import { knownLogins, rememberLogin } from './config/logins.ts';
import type { Context } from './context.ts';
import { BeltError } from './errors.ts';
import { openHostKeys } from './fleet/host-keys.ts';
import { named } from './fleet/named.ts';
import type { Fleet, Node } from './fleet/node.ts';
import { reach } from './fleet/reach.ts';
import { naturalCompare, select } from './patterns/index.ts';
import type { Connection, SshHost } from './ssh/connection.ts';
import {
  authMethods,
  type Identities,
  type Identity,
  loadIdentities,
  loginOrder,
  ownIdentity,
} from './ssh/identity.ts';

export type { Fleet, Node } from './fleet/node.ts';

export async function openFleet(context: Context): Promise<Fleet> {
  const settings = await context.settings();
  const state = await context.state();
  const hostKeys = openHostKeys(state, settings.sshPort);
  let identities: Promise<Identities> | undefined;
  let own: Identity | undefined;
  // By the droplet's id: few hosts take many connections in a short time.
  const kept = new Map<number, Connection>();

  /** The keys to offer to a node, the one that it is known to accept first. */
  const logins = async ({ id }: Node): Promise<Pick<SshHost, 'auth' | 'onLogin'>> => {
    const found = await fleet.identities();
    const fingerprints = [...knownLogins(state, id), ...settings.sshKeyFingerprints];
    own ??= ownIdentity(found, context.home);
    const list = loginOrder(found, own, fingerprints);
    return {
      auth: authMethods({ ...found, list }, settings.sshUser),
      onLogin: (index) => {
        const { fingerprint } = list[index] ?? {};
        if (index > 0 && fingerprint !== undefined) rememberLogin(state, id, fingerprint);
      },
    };
  };

  const fleet: Fleet = {
    list: async () => {
      const { clusterDroplets } = await import('./fleet/cluster-droplets.ts');
      const droplets = await clusterDroplets(context, settings.cluster, { partial: true });
      const nodes = droplets.sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
      await fleet.remember(nodes);
      return nodes;
    },
    select: async (words) => named(context, words, await fleet.list()),
    locate: async (words) => cached(words, knownNodes(state, settings.cluster)) ?? fleet.select(words),
    connect: async (node, options) => {
      const waiting = kept.get(node.id);
      kept.delete(node.id);
      return waiting && !waiting.lost ? waiting : reach(context, fleet, node, options);
    },
    host: async (node) => ({
      name: node.name,
      address: node.publicAddress ?? noAddress(node),
      port: settings.sshPort,
      user: settings.sshUser,
      ...(await logins(node)),
      // Asked at each connection: they change while a node gets a key of its own.
      get hostKeys() {
        return hostKeys.of(node);
      },
    }),
    hasOwnKey: (node) => hostKeys.of(node).length > 0 && hostKeys.interim(node) === undefined,
    isUntouched: (node) => hostKeys.interim(node) !== undefined,
    identities: () => {
      identities ??= ownIdentities(context, settings.sshKeyPath);
      return identities;
    },
    pin: async (nodes, key) => hostKeys.pin(nodes, key),
    introduce: async (nodes, key) => hostKeys.introduce(nodes, key),
    ownHostKey: async (node, connection, { keep = false, ...options }) => {
      if (hostKeys.interim(node) === undefined) return;
      const onProven = keep ? (proof: Connection) => void kept.set(node.id, proof) : undefined;
      const { ownHostKey } = await import('./fleet/own-key.ts');
      await ownHostKey(context, hostKeys, node, connection, { ...options, onProven });
    },
    forget: async (nodes) => {
      const gone = new Set(nodes.map(({ id }) => id));
      hostKeys.forget(nodes);
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

  return fleet;
}

function noAddress(node: Node): never {
  throw new BeltError(`${node.name} has no public address yet`, { hint: 'wait a little, then see: belt ls' });
}

/** The nodes that the words name by their plain names, if all of them are known and were seen with an address. */
function cached(words: readonly string[], known: readonly Node[]): Node[] | undefined {
  if (words.some((word) => /[*?@!]/.test(word))) return undefined;
  const { chosen, missing } = select(words, known);
  return missing.length === 0 && chosen.every(({ publicAddress }) => publicAddress !== undefined) ? chosen : undefined;
}

const ownIdentities = (context: Context, keyPath: string | undefined): Promise<Identities> =>
  loadIdentities({
    keyPath,
    agentSocket: context.env['SSH_AUTH_SOCK'] || undefined,
    home: context.home,
    askPassphrase: context.interactive ? (path) => askPassphrase(context, path) : undefined,
    signal: context.signal,
    onWarning: (text) => context.out.warn(text),
  });

async function askPassphrase(context: Context, path: string): Promise<string> {
  const { askSecret } = await import('./output/prompt.ts');
  return askSecret(context, `Passphrase for ${path}: `);
}
