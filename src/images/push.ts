// Images from here to nodes, side by side: one that fails or is slow holds up no other.
import type { Context } from '../context.ts';
import { Progress, size } from '../copy/progress.ts';
import { count } from '../count.ts';
import { imageEngineOver } from '../engine/engine.ts';
import { loadImage } from '../engine/load.ts';
import { BeltError, Interrupted, messageOf } from '../errors.ts';
import { type Ended, eachNode } from '../fleet/each-node.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import { limited, retry, TimedOut } from '../wait.ts';
import { type Pushed, pushImage, type Target } from './node-push.ts';
import { PackedLayers } from './packed.ts';
import type { NamedImage } from './source.ts';

/** A node that does not answer for a minute is gone. */
const KEEP_ALIVE = { everyMs: 10_000, misses: 6 };
/** After a cut. */
const PAUSES_MS = [1_000, 5_000];
/** A node that takes nothing for so long is stuck: an engine that unpacks a large layer takes nothing for minutes. */
const STALL_MS = 900_000;

export interface PushOptions {
  /** Nodes at a time. */
  concurrency: number;
  /** For each node; undefined: as long as bytes flow. */
  timeoutMs: number | undefined;
  /** With `--json`, how a node ended is a line of the result. */
  isResult: boolean;
}

/** What went to a node. */
export interface NodePushed {
  images: Pushed[];
  /** As they went over the line. */
  sentBytes: number;
}

/**
 * Pushes to each node the images that are for it, and tells of each node as it ends. What failed is for `throwFailures`.
 * @throws when interrupted
 */
export async function pushToAll(
  context: Context,
  nodes: readonly Node[],
  imagesFor: (node: Node) => readonly NamedImage[],
  { concurrency, timeoutMs, isResult }: PushOptions,
): Promise<Ended<Node, NodePushed>> {
  const progress = new Progress(context);
  const packed = new PackedLayers();
  const tell = teller(context, nodes, isResult);
  const work = async (node: Node): Promise<NodePushed> => {
    const push = new OneNode(context, node, packed);
    progress.add(push);
    try {
      const pushed = await push.run(imagesFor(node), timeoutMs);
      tell(node, pushed);
      return pushed;
    } finally {
      progress.ended(node);
    }
  };
  const onFailed = ({ name, error }: { name: string; error: unknown }) => tell({ name }, error);
  try {
    return await eachNode(context, nodes, work, { atOnce: concurrency, onFailed });
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted('interrupted', { hint: 'the same command again goes on after the layers that arrived' });
  } finally {
    progress.stop();
    packed.close();
  }
}

/** One node, as it is shown on the way. */
class OneNode {
  readonly node: Node;
  /** On their way, in bytes. */
  bytes = 0;
  readonly continued = 0;
  readonly #context: Context;
  readonly #packed: PackedLayers;
  /** Of what was and is being sent. */
  #expected: (() => number)[] = [];
  #movedMs: number;

  constructor(context: Context, node: Node, packed: PackedLayers) {
    this.#context = context;
    this.node = node;
    this.#packed = packed;
    this.#movedMs = context.clock.now();
  }

  /** Of the whole, in bytes; it gets smaller while it is compressed. */
  get total(): number {
    return Math.max(
      this.bytes,
      this.#expected.reduce((sum, expected) => sum + expected(), 0),
    );
  }

  run(images: readonly NamedImage[], timeoutMs = Number.POSITIVE_INFINITY): Promise<NodePushed> {
    const { clock, signal } = this.#context;
    const deadline = clock.now() + timeoutMs;
    const task = async (own: AbortSignal) => {
      const done = new Map<string, Pushed>();
      return await retry(() => this.#attempt(images, done, own), {
        clock,
        signal: own,
        deadline,
        isPassing: (error) => error instanceof Lost,
        pausesMs: PAUSES_MS,
        onFailure: (error) => this.#context.trace?.(`${this.node.name} ${messageOf(error)}: connecting again`),
      }).catch((error) => {
        throw error instanceof Lost ? error.cause : error;
      });
    };
    if (timeoutMs === Number.POSITIVE_INFINITY) return task(signal);
    const late = () =>
      new TimedOut(`${this.node.name}: not done after ${timeoutMs / 1000} s, its --timeout`, {
        hint: 'the same command again goes on after the layers that arrived',
      });
    return limited(task, { clock, signal, timeoutMs, late });
  }

  /** What is done stays done when the connection is lost. */
  async #attempt(images: readonly NamedImage[], done: Map<string, Pushed>, signal: AbortSignal): Promise<NodePushed> {
    const fleet = await this.#context.fleet();
    const connection = await fleet.connect(this.node, { keepAlive: KEEP_ALIVE, signal, own: true });
    const cut = () => connection.destroy();
    signal.addEventListener('abort', cut, { once: true });
    try {
      const target = this.#target(connection, signal);
      for (const image of images) {
        if (done.has(image.name.full)) continue;
        done.set(
          image.name.full,
          await this.#watched(connection, signal, () => pushImage(target, image, this.#packed)),
        );
      }
      return { images: [...done.values()], sentBytes: this.bytes };
    } catch (error) {
      signal.throwIfAborted();
      throw connection.lost && !(error instanceof TimedOut) ? new Lost(error) : error;
    } finally {
      signal.removeEventListener('abort', cut);
      connection.end();
    }
  }

  #target(connection: Connection, signal: AbortSignal): Target {
    const { clock, trace } = this.#context;
    const { name } = this.node;
    return {
      name,
      engine: imageEngineOver(async () => connection, { clock, signal }),
      load: (source) =>
        loadImage(connection, source, {
          signal,
          onBytes: (bytes) => {
            this.bytes += bytes;
            this.#movedMs = clock.now();
          },
        }),
      expect: (expected) => {
        const before = this.bytes;
        this.#expected = [() => before, expected];
      },
      trace: (text) => trace?.(`${name} ${text}`),
    };
  }

  /** Ends it where nothing moves any more. */
  async #watched<T>(connection: Connection, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const { clock } = this.#context;
    const ended = new AbortController();
    const own = AbortSignal.any([signal, ended.signal]);
    this.#movedMs = clock.now();
    let stalled: TimedOut | undefined;
    const watch = async () => {
      for (let leftMs = STALL_MS; leftMs > 0; leftMs = this.#movedMs + STALL_MS - clock.now()) {
        await clock.sleep(leftMs, own);
      }
      stalled = new TimedOut(`${this.node.name}: its Docker engine took nothing for ${STALL_MS / 60_000} min`, {
        hint: `see why: belt exec ${this.node.name} -- systemctl status docker`,
      });
      connection.destroy();
    };
    const watching = watch().catch(() => {});
    try {
      return await task();
    } catch (error) {
      throw stalled ?? error;
    } finally {
      ended.abort();
      await watching;
    }
  }
}

/** The connection was lost: another one may go on. */
class Lost extends BeltError {
  override readonly name = 'Lost';

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** Says how each node ended: lines behind its name, or one JSON object. */
function teller(
  { out }: Context,
  nodes: readonly Node[],
  isResult: boolean,
): (node: { name: string }, end: unknown) => void {
  const longest = Math.max(...nodes.map(({ name }) => out.safeLine(name).length));
  return ({ name }, end) => {
    const isDone = !(end instanceof Error);
    if (out.json && isResult) return out.record({ node: name, ...(isDone ? (end as NodePushed) : failure(end)) });
    // What failed is told at the end, each reason once.
    if (!isDone || out.quiet) return;
    const { images, sentBytes } = end as NodePushed;
    const each = images.map(({ image, layers, had }) => `${image}: ${lacked(layers, had)}`);
    const sent = sentBytes > 0 ? `; ${size(sentBytes)} sent` : '';
    out.nodeLine(`${out.safeLine(name).padEnd(longest)} | ${each.join(', ')}${sent}`);
  };
}

const failure = (error: Error): object => ({
  error: messageOf(error),
  ...(error instanceof BeltError && error.hint !== undefined && { hint: error.hint }),
});

const lacked = (layers: number, had: number): string =>
  had === layers ? 'it has all of it' : `${layers - had} of ${count(layers, 'layer')} sent`;
