// What many nodes print, told once where it is equal: whole for the most frequent, for the others as the difference to it.
import type { Context } from '../../context.ts';
import type { NodeEnd, Show, Sinks } from '../../fleet/on-many.ts';
import { KeptOutput, type Output } from '../../fleet/show-many.ts';
import type { Node } from '../../model/node.ts';
import { compact } from '../../patterns/index.ts';
import { textFor } from '../../ssh/lines.ts';

interface Group extends Output {
  names: string[];
  end: NodeEnd;
}

export class Groups implements Show {
  readonly #context: Context;
  readonly #kept = new KeptOutput();
  readonly #ends: NodeEnd[] = [];

  constructor(context: Context, nodes: readonly Node[]) {
    this.#context = context;
    this.#ends.length = nodes.length;
  }

  sinks(index: number): Sinks {
    return this.#kept.sinks(index);
  }

  ended(index: number, end: NodeEnd): void {
    this.#ends[index] = end;
  }

  /** To be called when all have ended. */
  async print(): Promise<void> {
    const { out, stdout, stderr } = this.#context;
    const [first, ...others] = this.#groups();
    if (!first) return;
    for (const group of [first, ...others]) {
      const { names, end } = group;
      const count = names.length > 1 ? ` (${names.length} nodes)` : '';
      const code = end.exitCode !== 0 && end.error === undefined ? `, exit code ${end.exitCode}` : '';
      out.line(`${compact(names)}${count}${code}:`);
      const isDiff = group !== first && first.names.length > 1 && first.stdout !== '' && group.stdout !== '';
      const text = textFor(stdout, group.stdout);
      // What differs in nothing that a terminal may have is shown whole.
      const diff = isDiff ? await difference(textFor(stdout, first.stdout), text) : '';
      stdout.write(diff || text);
      stderr.write(textFor(stderr, group.stderr));
      if (end.error !== undefined) stderr.write(`error: ${out.safeLine(end.error)}\n`);
      if (end.hint !== undefined) stderr.write(`hint: ${out.safeLine(end.hint)}\n`);
      if (group.truncated) out.warn(`${compact(names)}: there was more output than can be kept`);
    }
  }

  /** The largest first; those of one size in the order of their nodes. */
  #groups(): Group[] {
    const groups = new Map<string, Group>();
    for (const [index, end] of this.#ends.entries()) {
      const kept = this.#kept.take(index);
      const output = { ...kept, stdout: whole(kept.stdout), stderr: whole(kept.stderr) };
      const key = JSON.stringify([end.exitCode, end.error, end.hint, output]);
      const group = groups.get(key);
      if (group) group.names.push(end.name);
      else groups.set(key, { ...output, names: [end.name], end });
    }
    return [...groups.values()].sort((a, b) => b.names.length - a.names.length);
  }
}

/** A newline that is missing at the end makes no other output. */
const whole = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** Lines of the other that the first lacks, and the other way round, with a line around them. */
async function difference(first: string, other: string): Promise<string> {
  const { structuredPatch } = await import('diff');
  const { hunks } = structuredPatch('', '', first, other, '', '', { context: 1 });
  return hunks
    .flatMap(({ lines }) => ['@@', ...lines])
    .map((line) => `${line}\n`)
    .join('');
}
