// JSON as engines write it: their integers have 64 bits, and those that a number cannot hold are a bigint.
import { randomUUID } from 'node:crypto';

/** Before the digits, in a string in their place: no text can have it by chance. */
const MARK = `${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Perhaps: most texts have none, and are parsed as fast as ever. */
const MAY_BE_LONG = /(?:^|[:[,\s])-?\d{16}/;

const isLong = (token: string): boolean => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));

/** @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!MAY_BE_LONG.test(text)) return JSON.parse(text);
  const marked = text.replace(TOKENS, (token) => (isLong(token) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** Undefined is no text. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${MARK}${one}` : one)).replace(MARKED, '$1');
