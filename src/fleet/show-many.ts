// What many commands print: every line behind its node's name, one JSON object a node, or kept until all have ended.
import type { Context } from '../context.ts';
import type { Node } from '../model/node.ts';
import { Collector, type Room } from '../ssh/collect.ts';
import { prefixed } from '../ssh/lines.ts';
import type { Show, Sinks } from './on-many.ts';

/** What is kept of one stream, and of all that run at the same time, in bytes. */
const KEPT = { ofStream: 32 * 1024 * 1024, ofAll: 256 * 1024 * 1024 };

/** Every line as it comes, behind its node's name. */
export function prefixedLines({ out, stdout, stderr }: Context, nodes: readonly Pick<Node, 'name'>[]): Show {
  const shown = nodes.map(({ name }) => out.safeLine(name));
  const longest = Math.max(...shown.map((name) => name.length));
  const head = (index: number) => `${shown[index]!.padEnd(longest)} | `;
  return {
    sinks: (index) => {
      const both = [prefixed(head(index), stdout), prefixed(head(index), stderr)] as const;
      const finish = async () => {
        await Promise.all(both.map((sink) => new Promise<void>((done) => sink.end(done))));
      };
      return { stdout: both[0], stderr: both[1], finish };
    },
    ended: (index, { error, hint }) => {
      if (error !== undefined) stderr.write(`${head(index)}error: ${out.safeLine(error)}\n`);
      if (hint !== undefined) stderr.write(`${head(index)}hint: ${out.safeLine(hint)}\n`);
    },
  };
}

/** One JSON object a node, or what `about` says it is, as each ends. */
export function jsonRecords(
  { out }: Context,
  about: (index: number, name: string) => object = (_index, node) => ({ node }),
): Show {
  const kept = new KeptOutput();
  return {
    sinks: (index) => kept.sinks(index),
    ended: (index, { name, isSkipped: _, isInterrupted: __, ...end }) =>
      out.record({ ...about(index, name), ...end, ...kept.take(index) }),
  };
}

export interface Output {
  stdout: string;
  stderr: string;
  /** There was more than can be kept. */
  truncated?: true;
}

/** What the nodes print, as far as there is room for it. */
export class KeptOutput {
  readonly #room: Room = { left: KEPT.ofAll };
  readonly #streams = new Map<number, { stdout: Collector; stderr: Collector }>();

  sinks(index: number): Sinks {
    const streams = {
      stdout: new Collector(KEPT.ofStream, this.#room),
      stderr: new Collector(KEPT.ofStream, this.#room),
    };
    this.#streams.set(index, streams);
    return { ...streams, finish: async () => {} };
  }

  /** Gives it, and its room back. */
  take(index: number): Output {
    const { stdout, stderr } = this.#streams.get(index)!;
    this.#streams.delete(index);
    return {
      stdout: stdout.take(),
      stderr: stderr.take(),
      ...((stdout.truncated || stderr.truncated) && { truncated: true as const }),
    };
  }
}
