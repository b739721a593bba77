// One container's log, read into the merge; read again from where it was left.
import type { Clock } from '../../clock.ts';
import type { ContainerEngine } from '../../engine/container-calls.ts';
import { EngineError } from '../../engine/engine.ts';
import { type LogLine, LogReader, NotALog, sinceTime } from '../../engine/log-lines.ts';
import { openStream } from '../../engine/stream.ts';
import { BeltError } from '../../errors.ts';
import type { Connection } from '../../ssh/connection.ts';
import type { FleetContainer } from '../containers.ts';
import type { Merge, Source } from './merge.ts';

/** What of a log is wanted. */
export interface LogRequest {
  /** Go on with what is written from now on. */
  follow: boolean;
  /** As the Engine API takes them: seconds since the epoch, with a fraction. */
  since?: string | undefined;
  until?: string | undefined;
  /** So many of the last lines of each container. */
  tail?: number | undefined;
  /** Only lines with this. */
  grep?: RegExp | undefined;
}

/** How far a log was read: the time of the last line, and how many lines had it. */
interface Place {
  time: string;
  count: number;
}

/** The container keeps no log that could be read. */
export class NoLogs extends BeltError {}

export class ContainerLog {
  readonly container: FleetContainer;
  readonly #request: LogRequest;
  readonly #merge: Merge<FleetContainer>;
  #place: Place | undefined;
  #source: Source<FleetContainer> | undefined;
  /** It was read to its end, the last time that it was read. */
  isRead = false;

  /** Lines of others wait for its first ones from now on, ms since the epoch. `isNew`: it started later than the reading. */
  constructor(
    container: FleetContainer,
    request: LogRequest,
    { merge, nowMs, isNew }: { merge: Merge<FleetContainer>; nowMs: number; isNew: boolean },
  ) {
    this.container = container;
    this.#request = isNew ? { ...request, since: undefined, tail: undefined } : request;
    this.#merge = merge;
    this.#source = merge.add(container, nowMs);
  }

  /** It will not be read: nobody is to wait for it. */
  give(): void {
    if (this.#source) this.#merge.end(this.#source);
    this.#source = undefined;
  }

  /**
   * Reads to the end of the log, which with `follow` is that of the container.
   * @throws NoLogs; BeltError where it is cut off: then it can be read again, from there
   */
  async read(connection: Connection, engine: ContainerEngine, { clock, signal }: Reading): Promise<void> {
    this.#source ??= this.#merge.add(this.container, clock.now());
    this.isRead = false;
    try {
      const { id, node, label } = this.container;
      const { tty, driver } = await engine.logSetup(id);
      if (driver === 'none') throw new NoLogs(`${label}: its logging driver "none" keeps no logs`);
      const response = await openStream(connection, this.#path(), { clock, signal }).catch((error) => {
        if (!(error instanceof EngineError) || !/does not support reading/i.test(error.message)) throw error;
        throw new NoLogs(`${label}: its logging driver "${driver}" keeps no logs that the engine could read`);
      });
      this.#merge.opened(this.#source, clock.now());
      const reader = new LogReader({ tty });
      const skip = this.#skipping();
      try {
        for await (const chunk of response) {
          for (const piece of pieces(chunk as Buffer)) await this.#pass(skip(reader.read(piece)), { clock, signal });
        }
        await this.#pass(skip(reader.end()), { clock, signal });
        this.isRead = true;
      } catch (error) {
        signal.throwIfAborted();
        if (connection.lost) throw connection.lostError();
        const why = error instanceof NotALog ? error.message : 'its log was cut off';
        throw new EngineError(node.name, 0, `${label}: ${why}`);
      }
    } finally {
      this.give();
    }
  }

  #path(): string {
    const { follow, since, until, tail } = this.#request;
    const place = this.#place;
    const from = place ? sinceTime(place.time) : since;
    const query = new URLSearchParams({
      stdout: '1',
      stderr: '1',
      timestamps: '1',
      ...(follow && { follow: '1' }),
      ...(from !== undefined && { since: from }),
      ...(until !== undefined && { until }),
      ...(tail !== undefined && !place && { tail: String(tail) }),
    });
    return `/containers/${this.container.id}/logs?${query}`;
  }

  /** Leaves out the lines that were read before: the engine begins with all that have the last one's time. */
  #skipping(): (lines: LogLine[]) => LogLine[] {
    const before = this.#place;
    let left = before?.count ?? 0;
    return (lines) => {
      if (left === 0) return lines;
      const fresh = lines.filter(({ time }) => left === 0 || time !== before?.time || left-- <= 0);
      return fresh;
    };
  }

  async #pass(lines: LogLine[], { clock, signal }: Reading): Promise<void> {
    for (const { time } of lines) {
      if (this.#place?.time === time) this.#place.count += 1;
      else this.#place = { time, count: 1 };
    }
    const { grep } = this.#request;
    const wanted = grep ? lines.filter(({ text }) => grep.test(text.toString('utf8'))) : lines;
    if (!this.#source) return;
    await this.#merge.push(this.#source, wanted, clock.now());
    signal.throwIfAborted();
  }
}

const PIECE = 32 * 1024;

/** What came since the last time may be all that SSH has room for, 2 MB: as lines it would take several times that. */
function* pieces(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}

export interface Reading {
  clock: Clock;
  signal: AbortSignal;
}
