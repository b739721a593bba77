// The host keys of the cluster's nodes: pinned in `known_hosts` of the state folder, or known from the run that made a droplet.
import { isIP } from 'node:net';
import { runOf } from '../cloud/tags.ts';
import { readRun } from '../config/choices.ts';
import type { State } from '../config/state.ts';
import type { Node } from '../model/node.ts';
import { keyBytes } from '../ssh/fingerprint.ts';
import { interimKey, type PinnedHost, pinnedKeys, withoutHosts, withPins } from '../ssh/pins.ts';

export const KNOWN_HOSTS = 'known_hosts';

export interface HostKeys {
  /** The keys that a node may present; empty when none is known here. */
  of(node: Node): Buffer[];
  /** The key from the node's user data, until it has generated its own. */
  interim(node: Node): Buffer | undefined;
  /** Pins one key for these nodes, replacing all others. @throws BeltError when that cannot be written */
  pin(nodes: readonly Node[], key: Buffer): void;
  /** Pins the key from their user data for those nodes that have none. Throws like pin. */
  introduce(nodes: readonly Node[], key: Buffer): void;
  /** Accepts both keys for the node, until one of them is pinned. Throws like pin. */
  replacing(node: Node, interim: Buffer, next: Buffer): void;
  forget(nodes: readonly Node[]): void;
}

/** A jump host that is no node goes by its name: nobody else makes one that answers there. */
export const jumpId = ({ address, port }: { address: string; port: number }): string => `jump-${address}-${port}`;

/** The keys pinned for a jump host that is no node of the cluster. */
export const jumpPins = (state: State, jump: { address: string; port: number }): Buffer[] =>
  pinnedKeys(state.read(KNOWN_HOSTS), jumpId(jump));

/** Pins the key of such a host, replacing any other. @throws BeltError when that cannot be written */
export const pinJump = (state: State, jump: { address: string; port: number }, key: Buffer): void =>
  state.update(KNOWN_HOSTS, (file) =>
    withPins(file, [{ host: { id: jumpId(jump), address: '', port: jump.port }, key }]),
  );

/** The host keys in a state folder, for nodes that answer SSH on `port`. */
export function openHostKeys(state: State, port: number): HostKeys {
  // Anything but an address could match other hosts in the file: the droplet's id is enough.
  const hostOf = ({ id, publicAddress = '' }: Node): PinnedHost => ({
    id,
    address: isIP(publicAddress) === 0 ? '' : publicAddress,
    port,
  });
  /** Before it has a pin: the key that its run created it with. */
  const ofRun = (node: Node): Buffer | undefined => {
    const run = runOf(node.tags);
    return run ? keyBytes(readRun(state, run)?.hostKey ?? '') : undefined;
  };
  return {
    of: (node) => {
      const keys = pinnedKeys(state.read(KNOWN_HOSTS), node.id);
      const started = keys.length === 0 ? ofRun(node) : undefined;
      return started ? [started] : keys;
    },
    interim: (node) => {
      const file = state.read(KNOWN_HOSTS);
      return pinnedKeys(file, node.id).length === 0 ? ofRun(node) : interimKey(file, node.id);
    },
    pin: (nodes, key) =>
      state.update(KNOWN_HOSTS, (file) =>
        withPins(
          file,
          nodes.map((node) => ({ host: hostOf(node), key })),
        ),
      ),
    introduce: (nodes, key) =>
      state.update(KNOWN_HOSTS, (file) => {
        const unknown = nodes.filter(({ id }) => pinnedKeys(file, id).length === 0);
        return withPins(
          file,
          unknown.map((node) => ({ host: hostOf(node), key, interim: true })),
        );
      }),
    replacing: (node, interim, next) =>
      state.update(KNOWN_HOSTS, (file) => {
        const host = hostOf(node);
        return withPins(file, [
          { host, key: interim, interim: true },
          { host, key: next },
        ]);
      }),
    forget: (nodes) => state.update(KNOWN_HOSTS, (file) => withoutHosts(file, nodes.map(hostOf))),
  };
}
