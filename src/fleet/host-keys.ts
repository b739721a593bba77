// The host keys of the cluster's nodes: pinned in `.belt/known_hosts`, or known from the run that made a droplet.
import { runOf } from '../cloud/tags.ts';
import { readRun } from '../config/choices.ts';
import type { State } from '../config/state.ts';
import type { Node } from '../fleet.ts';
import { keyBytes } from '../ssh/fingerprint.ts';
import { type PinnedHost, pinnedKeys, withoutHosts, withPins } from '../ssh/pins.ts';

const KNOWN_HOSTS = 'known_hosts';

export interface HostKeys {
  /** The keys that a node may show; none when nobody knows one here. */
  of(node: Node): Buffer[];
  /** Pins one key for these nodes. @throws BeltError when that cannot be written */
  pin(nodes: readonly Node[], key: Buffer): void;
  forget(nodes: readonly Node[]): void;
}

/** The host keys in a state folder, for nodes that answer SSH on `port`. */
export function openHostKeys(state: State, port: number): HostKeys {
  const hosts = (nodes: readonly Node[]): PinnedHost[] =>
    nodes.map(({ id, publicAddress }) => ({ id, address: publicAddress ?? '', port }));
  return {
    of: (node) => {
      const keys = pinnedKeys(state.read(KNOWN_HOSTS), node.id);
      const run = runOf(node.tags);
      // Before it has any: the key with which its run made it.
      const started = keys.length === 0 && run ? keyBytes(readRun(state, run)?.hostKey ?? '') : undefined;
      return started ? [started] : keys;
    },
    pin: (nodes, key) =>
      state.update(KNOWN_HOSTS, (file) =>
        withPins(
          file,
          hosts(nodes).map((host) => ({ host, key })),
        ),
      ),
    forget: (nodes) => state.update(KNOWN_HOSTS, (file) => withoutHosts(file, hosts(nodes))),
  };
}
