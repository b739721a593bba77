// One task in a copy: how far it is, and how it ended.
import type { Context } from '../../context.ts';
import { size } from '../../copy/progress.ts';
import { BeltError, exitCodeOf as codeOf, EXIT, messageOf } from '../../errors.ts';
import type { Place } from '../../tasks/find.ts';

/** What is told of a task while it goes on, and at its end. */
export class Copy {
  readonly place: Place;
  files = 0;
  /** Content only, in bytes. */
  bytes = 0;
  /** In bytes; undefined where it is not known before. */
  total: number | undefined;
  readonly continued = 0;
  readonly problems: string[] = [];
  error: unknown;
  /** Ends what is under way for this task. */
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #ended = new AbortController();

  constructor({ clock, signal }: Pick<Context, 'clock' | 'signal'>, place: Place, timeoutMs: number | undefined) {
    this.place = place;
    this.signal = AbortSignal.any([signal, this.#own.signal]);
    if (timeoutMs === undefined) return;
    const late = () => this.#own.abort(new BeltError(`not done after ${timeoutMs / 1000} s, its --timeout`));
    clock.sleep(timeoutMs, this.#ended.signal).then(late, () => {});
  }

  /** For the progress. */
  get node(): { name: string } {
    return this.place;
  }

  get isFailed(): boolean {
    return this.error !== undefined;
  }

  /** Does some of the work; what goes wrong ends it for this task. Gives undefined then. */
  async work<T>(task: () => Promise<T>): Promise<T | undefined> {
    if (this.isFailed) return undefined;
    try {
      return await task();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  fail(error: unknown): void {
    this.error ??= error;
    this.#own.abort(this.error);
  }

  end(): void {
    this.#ended.abort();
  }
}

/** Says how a task ended: a line behind its name, or one JSON object. */
export function teller({ out }: Pick<Context, 'out'>, places: readonly Place[]): (copy: Copy) => void {
  const longest = Math.max(...places.map(({ name }) => out.safeLine(name).length));
  return (copy) => {
    if (out.json) return out.record(asRecord(copy));
    const line = (text: string) => out.nodeLine(`${out.safeLine(copy.place.name).padEnd(longest)} | ${text}`);
    for (const problem of copy.problems) line(`not copied: ${problem}`);
    if (copy.error === undefined) {
      if (!out.quiet) line(amount(copy));
      return;
    }
    line(`error: ${messageOf(copy.error)}`);
    const hint = copy.error instanceof BeltError ? copy.error.hint : undefined;
    if (hint !== undefined) line(`hint: ${hint}`);
  };
}

const amount = ({ files, bytes }: Copy): string => `${files} ${files === 1 ? 'file' : 'files'}, ${size(bytes)}`;

export function exitCodeOf({ error, problems }: Copy): number {
  if (error === undefined) return problems.length > 0 ? EXIT.failed : 0;
  return codeOf(error);
}

function asRecord(copy: Copy): object {
  const { place, files, bytes, problems, error } = copy;
  const hint = error instanceof BeltError ? error.hint : undefined;
  return {
    task: place.name,
    node: place.node.name,
    exitCode: exitCodeOf(copy),
    files,
    bytes,
    ...(problems.length > 0 && { notCopied: problems }),
    ...(error !== undefined && { error: messageOf(error) }),
    ...(hint !== undefined && { hint }),
  };
}
