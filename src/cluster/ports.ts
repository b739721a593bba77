// Adds and subtracts ranges of ports. Pure.
import type { OpenPort } from '../config/cluster/types.ts';

/** Both ends included. */
export interface Range {
  first: number;
  last: number;
}

export const EVERY_PORT: Range = { first: 1, last: 65_535 };

/** The ranges minus some others. */
export const minus = <T extends Range>(ranges: readonly T[], gone: readonly Range[]): T[] =>
  gone.reduce<T[]>((left, out) => left.flatMap((range) => cut(range, out)), [...ranges]);

function cut<T extends Range>(range: T, out: Range): T[] {
  if (out.last < range.first || range.last < out.first) return [range];
  const parts = [
    { ...range, last: out.first - 1 },
    { ...range, first: out.last + 1 },
  ];
  return parts.filter(({ first, last }) => first <= last);
}

/** Whether all of a range is in some others. */
export const covers = (ranges: readonly Range[], range: Range): boolean => minus([range], ranges).length === 0;

/** The ports with one more, without overlaps. */
export const withPort = (ports: readonly OpenPort[], more: OpenPort): OpenPort[] =>
  covers(alike(ports, more), more)
    ? [...ports]
    : [...ports.filter((port) => port.protocol !== more.protocol || !covers([more], port)), more];

/** The ports minus one, which may be in the middle of a range. */
export const withoutPort = (ports: readonly OpenPort[], gone: OpenPort): OpenPort[] =>
  ports.flatMap((port) => (port.protocol === gone.protocol ? minus([port], [gone]) : port));

const alike = (ports: readonly OpenPort[], { protocol }: OpenPort): OpenPort[] =>
  ports.filter((port) => port.protocol === protocol);
