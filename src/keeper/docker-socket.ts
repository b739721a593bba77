// A node's Docker on a socket of this machine, for as long as the keeper lasts: what `belt env` gives to a shell.
import { rmSync } from 'node:fs';
import { LocalSocket } from '../endpoint/local-socket.ts';
import { EngineDoor, type Way } from '../engine/door.ts';
import type { SshHost } from '../ssh/connection.ts';
import { authMethods, loadIdentities, loginOrder } from '../ssh/identity.ts';
import type { HeldNode, User } from './held-node.ts';
import type { Place, Relogin } from './messages.ts';

export interface DockerSocketOptions {
  path: string;
  relogin: Relogin;
  /** Called for each stream; what it gives is called when that ends. */
  onUse: () => () => void;
}

export class DockerSocket {
  readonly place: Place;
  /** For how long it is kept unused, in ms: the longest time that a command asked for. */
  keepMs = 0;
  readonly #path: string;
  readonly #local: LocalSocket;

  constructor(node: HeldNode, { path, relogin, onUse }: DockerSocketOptions) {
    this.#path = path;
    this.place = node.place;
    const door = new EngineDoor(wayTo(node, userOf(relogin)));
    this.#local = new LocalSocket({
      path,
      open: async () => {
        const done = onUse();
        try {
          const stream = await door.open();
          stream.once('close', done);
          return stream;
        } catch (error) {
          done();
          throw error;
        }
      },
      onAnswer: () => {},
    });
  }

  /** @throws the system's error */
  async listen(): Promise<void> {
    // Only the keeper has the folder: what is there was left by one that was killed.
    rmSync(this.#path, { force: true });
    await this.#local.listen();
  }

  close(): void {
    this.#local.close();
  }
}

const wayTo = (node: HeldNode, user: User): Way => ({
  host: { ...placeOf(node), auth: [], hostKeys: [] },
  exec: (command, options = {}) => node.exec(user, command, options),
  run: (command, patience = {}) => node.run(user, command, patience),
  unixSocket: async (path) => (await node.unixSocket(user, path)).channel,
});

const placeOf = ({ place: { jumps: _, ...place } }: HeldNode) => place;

/** Logs in by itself, with keys that need no passphrase: no command is there to sign. */
const userOf = ({ keyPath, agentSocket, home, first }: Relogin): User => ({
  isThere: () => true,
  auth: async (place): Promise<Pick<SshHost, 'auth' | 'onLogin'>> => {
    const signal = AbortSignal.timeout(LOOK_MS);
    const found = await loadIdentities({ keyPath, agentSocket, home, askPassphrase: undefined, signal });
    const list = loginOrder(found, found.list[0]!, first);
    return { auth: authMethods({ ...found, list }, place.user) };
  },
});

/** How long looking for keys may take. */
const LOOK_MS = 10_000;
