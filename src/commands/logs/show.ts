// How lines of logs are printed: behind the name of who wrote them, in a colour of its own on a terminal; or as JSON.
import type { Context } from '../../context.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Colours, Paint } from '../../output/colours.ts';
import { harmless, whenWritable } from '../../ssh/lines.ts';
import type { FleetContainer } from '../../tasks/containers.ts';
import type { MergedLine } from '../../tasks/logs/merge.ts';
import type { ShownLogs } from '../../tasks/logs/read.ts';

type Line = MergedLine<FleetContainer>;

export function shownLogs(context: Context, { timestamps = false }: { timestamps?: boolean | undefined }): ShownLogs {
  const { out, stdout } = context;
  const labels = new Labels(context);
  return {
    expect: (containers) => labels.expect(containers),
    lines: async (lines) => {
      if (out.json) for (const line of lines) out.record(documentOf(line));
      else stdout.write(Buffer.concat(lines.flatMap((line) => labels.shown(line, { timestamps }))));
      if (stdout.writableNeedDrain) await drained(context);
    },
    tell: {
      missing: (node, error) => out.warn(`${because(node.name, error)}; its logs are missing until it answers`),
      back: (node) => out.note(`${node.name} answers again`),
      unreadable: (container, error) => out.warn(because(container.label, error)),
    },
  };
}

const because = (name: string, error: unknown): string => {
  const message = messageOf(error);
  const hint = error instanceof BeltError && error.hint !== undefined ? ` (${error.hint})` : '';
  return `${message.startsWith(name) ? '' : `${name}: `}${message}${hint}`;
};

/** Also when nobody will read: what that means is for who listens to the stream. */
function drained({ stdout, signal }: Context): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    whenWritable(stdout, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}

const documentOf = ({ time, stream, text, of }: Line): object => ({
  time,
  node: of.node.name,
  stack: of.stack,
  service: of.service,
  slot: of.slot,
  task: of.task,
  container: of.id,
  name: of.name,
  stream,
  text: text.toString('utf8'),
});

/** They stand under each other, as far as is known when a line comes. */
class Labels {
  readonly #context: Context;
  readonly #heads = new Map<string, { width: number; head: string }>();
  #longest = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  expect(containers: readonly FleetContainer[]): void {
    const { out } = this.#context;
    this.#longest = Math.max(this.#longest, ...containers.map(({ label }) => out.safeLine(label).length));
  }

  shown({ time, text, of }: Line, { timestamps }: { timestamps: boolean }): Buffer[] {
    const { stdout } = this.#context;
    const head = Buffer.from(`${this.#head(of)}${timestamps ? `${time} ` : ''}`);
    const lines = stdout.isTTY ? harmless(text) : [text];
    return lines.flatMap((line) => [head, line, NEWLINE]);
  }

  #head({ label, service }: FleetContainer): string {
    const known = this.#heads.get(label);
    if (known?.width === this.#longest) return known.head;
    const { out } = this.#context;
    const shown = out.safeLine(label);
    this.#longest = Math.max(this.#longest, shown.length);
    const paint = out.resultColours ? paintOf(service ?? label, out.resultColours) : (text: string) => text;
    const head = `${paint(`${shown.padEnd(this.#longest)} |`)} `;
    this.#heads.set(label, { width: this.#longest, head });
    return head;
  }
}

/** The same for all tasks of a service, in each run. */
function paintOf(name: string, { cyan, yellow, green, magenta, blue }: Colours): Paint {
  const paints = [cyan, yellow, green, magenta, blue];
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
  return paints[hash % paints.length]!;
}

const NEWLINE = Buffer.from('\n');
