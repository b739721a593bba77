// Durations, sizes and numbers as Docker's tools read them.

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const DURATION = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|[u\u00b5\u03bc]s|ms|s|m|h))+$/;

/** ns in `1m30s` (Go's time.ParseDuration); undefined for a text that is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|[u\u00b5\u03bc]s|ms|s|m|h)/g)) {
    sum += Number(number) * UNIT_NS[unit!]!;
  }
  return Math.round(text.startsWith('-') ? -sum : sum);
}

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtp])?i?b?$/i;
const POWERS = 'kmgtp';

/** Bytes in `1.5g` (go-units RAMInBytes, where k is 1024); undefined for a text that is none. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit] = SIZE.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.trunc(Number(number) * 1024 ** (unit === undefined ? 0 : POWERS.indexOf(unit.toLowerCase()) + 1));
}

/** NanoCPUs in `0.5`; undefined for a text that is none. */
export function parseCpus(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text)) return undefined;
  return Math.round(Number(text) * 1e9);
}
