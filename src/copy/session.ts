// One node in a copy: its connection, and how it ended.
import type { Context } from '../context.ts';
import { BeltError, EXIT, Interrupted, messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import { SshError } from '../ssh/errors.ts';
import type { Sftp } from '../ssh/sftp.ts';
import { orAborted } from '../wait.ts';
import { Digests } from './digests.ts';
import { Room } from './room.ts';

/** A host that does not answer for a minute is gone. */
const KEEP_ALIVE = { everyMs: 10_000, misses: 6 };

/** What may be under way to one node: more than a fast line far away holds, and to all of them. In bytes. */
const WINDOW = { most: 4 * 1024 * 1024, ofAll: 64 * 1024 * 1024, least: 256 * 1024 };

export interface SessionOptions {
  timeoutMs: number | undefined;
  /** How many nodes are copied to or from at once. */
  nodes: number;
}

/** What is told of a node while it goes on, and at its end. */
export class Session {
  readonly node: Node;
  readonly connection: Connection;
  readonly sftp: Sftp;
  readonly digests: Digests;
  readonly room: Room;
  /** In bytes. */
  readonly window: number;
  /** The user's number there, as the owner of the home. */
  readonly uid: number | undefined;
  files = 0;
  /** Of `total`, in bytes; `continued` of them were there from an interrupted copy. */
  bytes = 0;
  total = 0;
  continued = 0;
  /** A file could not be compared by its checksum. */
  isBySize = false;
  readonly problems: string[] = [];
  /** Files of `files` that were there already, which were not sent again. */
  unchanged = 0;
  /** What is under way, to be removed where it fails. */
  readonly underWay = new Set<{ discard(): Promise<void> }>();
  error: unknown;
  readonly #failed = new AbortController();

  constructor(node: Node, { connection, sftp, uid, nodes }: Opened) {
    this.node = node;
    this.connection = connection;
    this.sftp = sftp;
    this.uid = uid;
    this.digests = new Digests(connection);
    this.window = Math.max(WINDOW.least, Math.min(WINDOW.most, WINDOW.ofAll / nodes));
    this.room = new Room(this.window);
  }

  get isFailed(): boolean {
    return this.#failed.signal.aborted;
  }

  throwIfFailed(): void {
    this.#failed.signal.throwIfAborted();
  }

  /** Does some of the work; what goes wrong ends it for this node. Gives undefined then. */
  async work<T>(task: () => Promise<T>): Promise<T | undefined> {
    if (this.isFailed) return undefined;
    try {
      return await orAborted(task(), this.#failed.signal);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  fail(error: unknown): void {
    if (this.isFailed) return;
    this.error = error;
    this.#failed.abort(error);
  }

  /** Removes what is under way, unless it is for the next try. */
  async discard(): Promise<void> {
    await Promise.all([...this.underWay].map((one) => one.discard()));
  }

  /** Ends it as a cut does: what was copied so far is kept. */
  cut(error: unknown): void {
    this.fail(error);
    this.connection.destroy();
  }

  /** Whether what was copied so far is for the next try to continue. */
  get isCut(): boolean {
    return this.isFailed && (this.connection.lost || this.error instanceof SshError || this.error instanceof CutShort);
  }
}

interface Opened {
  connection: Connection;
  sftp: Sftp;
  uid: number | undefined;
  nodes: number;
}

/** It was ended in the middle, on purpose. */
export class CutShort extends BeltError {
  override readonly name = 'CutShort';
}

/** How one node ended. */
export interface NodeEnd {
  name: string;
  exitCode: number;
  files: number;
  bytes: number;
  continued: number;
  unchanged: number;
  isBySize: boolean;
  problems: readonly string[];
  error?: string;
  hint?: string;
}

/** Connects to the node, has `use` work with it, and says how it ended. */
export async function withSession(
  context: Context,
  node: Node,
  { timeoutMs, nodes }: SessionOptions,
  use: (session: Session) => Promise<void>,
): Promise<NodeEnd> {
  const { clock, signal } = context;
  const deadline = timeoutMs === undefined ? undefined : clock.now() + timeoutMs;
  const ended = new AbortController();
  let session: Session | undefined;
  let why: CutShort | undefined;
  try {
    const connection = await (await context.fleet()).connect(node, { deadline, keepAlive: KEEP_ALIVE, own: true });
    const cut = (text: string) => {
      why ??= new CutShort(text);
      if (session) session.cut(why);
      else connection.destroy();
    };
    const interrupted = () => cut('interrupted');
    try {
      // Before the first question to it, so that nothing that falls into the wait for its answer is missed.
      signal.addEventListener('abort', interrupted, { once: true });
      if (signal.aborted) interrupted();
      if (deadline !== undefined) {
        const late = () => cut(`not done after ${(timeoutMs ?? 0) / 1000} s, its --timeout`);
        clock.sleep(Math.max(0, deadline - clock.now()), ended.signal).then(late, () => {});
      }
      const sftp = await connection.sftp({ signal });
      const uid = (await sftp.stat('.'))?.uid;
      if (why) throw why;
      session = new Session(node, { connection, sftp, nodes, uid });
      await use(session);
      sftp.end();
    } finally {
      signal.removeEventListener('abort', interrupted);
      connection.end();
    }
  } catch (error) {
    if (!session) return endOf(node, undefined, why ?? error);
    session.fail(error);
  } finally {
    ended.abort();
  }
  return endOf(node, session, session?.error);
}

function endOf({ name }: Node, session: Session | undefined, error: unknown): NodeEnd {
  const { files = 0, bytes = 0, continued = 0, unchanged = 0, isBySize = false, problems = [] } = session ?? {};
  const told = { name, files, bytes, continued, unchanged, isBySize, problems };
  if (error === undefined) return { ...told, exitCode: problems.length > 0 ? EXIT.failed : 0 };
  const hint = error instanceof BeltError ? error.hint : undefined;
  const exitCode =
    error instanceof SshError ? EXIT.unreachable : error instanceof Interrupted ? EXIT.interrupted : EXIT.failed;
  return { ...told, exitCode, error: messageOf(error), ...(hint !== undefined && { hint }) };
}
