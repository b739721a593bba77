// What a node is, and what can be done with the nodes of a cluster.
import type { Lease } from '../keeper/lease.ts';
import type { Droplet } from '../model/droplet.ts';
import type { Node } from '../model/node.ts';
import type { Connection, SshHost } from '../ssh/connection.ts';
import type { KeepAlive } from '../ssh/host.ts';
import type { Identities } from '../ssh/identity.ts';
import type { OwnHostKeyOptions } from '../ssh/own-host-key.ts';

export interface Fleet {
  /** The cluster's droplets, freshly requested from DigitalOcean, in natural order. */
  list(): Promise<Droplet[]>;
  /** The nodes that the words match, at least one, from DigitalOcean. @throws UsageError naming the words that match none */
  select(words: readonly string[]): Promise<Node[]>;
  /** Like select, but without a request if every word is the plain name of a cached node. */
  locate(words: readonly string[]): Promise<Node[]>;
  /** Those that belt saw last, here or in another process: no request. */
  known(): readonly Node[];
  /** Connects; when the cached address does not lead to the node, asks DigitalOcean where it is now. */
  connect(node: Node, options?: ReachPatience): Promise<Connection>;
  /** A connection that is kept between commands; undefined where none is to be, or can be. @throws SshError */
  kept(node: Node, options: KeptPatience): Promise<Lease | undefined>;
  /** What SSH needs to know about a node: address, login, pinned keys. */
  host(node: Node): Promise<SshHost>;
  /** Whether the node generated its own host key, which it does at the first login. */
  hasOwnKey(node: Node): boolean;
  /** Whether it still has the host key that belt created it with: nobody has logged in to it. */
  isUntouched(node: Node): boolean;
  identities(): Promise<Identities>;
  /** Pins one host key for these nodes. */
  pin(nodes: readonly Node[], key: Buffer): Promise<void>;
  /** Pins the key that came with their user data for those of the nodes that have none. */
  introduce(nodes: readonly Node[], key: Buffer): Promise<void>;
  /** Has a node that still presents the key of its user data generate its own; others are left alone. @throws BeltError */
  ownHostKey(node: Node, connection: Connection, options: OwnKeyOptions): Promise<void>;
  /** Forgets droplets that are gone. */
  forget(nodes: readonly Node[]): Promise<void>;
  remember(nodes: readonly Node[]): Promise<void>;
}

export interface OwnKeyOptions extends Pick<OwnHostKeyOptions, 'limit' | 'deadline'> {
  /** Whether the next `connect` to the node comes soon: the connection that proves the key waits for it then. */
  keep?: boolean | undefined;
}

export interface KeptPatience {
  signal: AbortSignal;
  /** For how long it is kept after; by default as the settings say. */
  keepMs?: number | undefined;
  /** Without it nothing can be done: then why there is none is an error. */
  isNeeded?: boolean;
}

/** How long to wait for a node. */
export interface ReachPatience {
  /** Aborts it; by default the context's signal. */
  signal?: AbortSignal | undefined;
  /** ms since the epoch. */
  deadline?: number | undefined;
  /** How soon the connection is to notice that the node no longer answers. */
  keepAlive?: KeepAlive | undefined;
  /** A connection of its own, also where connections are kept. */
  own?: boolean | undefined;
}
