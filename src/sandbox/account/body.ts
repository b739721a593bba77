// Reads the JSON body of a request, which may be anything.
import { badRequest, notPlayed } from './refusals.ts';

export type Fields = Record<string, unknown>;

export function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('error parsing request body');
  return body as Fields;
}

/** The field's text; undefined when it is absent or something else. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** The field's list; empty when it is absent. */
export function listOf(fields: Fields, name: string): unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw badRequest(`${name} must be an array`);
  return value;
}

/** Rejects a field that the sandbox would have to ignore; one that requests nothing is allowed. */
export function refuseOthers(fields: Fields, played: readonly string[]): void {
  const asks = (value: unknown) => Boolean(value) && !(Array.isArray(value) && value.length === 0);
  const other = Object.keys(fields).find((name) => !played.includes(name) && asks(fields[name]));
  if (other !== undefined) throw notPlayed(other);
}

/** A number, or a text with nothing but its digits, as many clients write ids. */
export const idOf = (value: unknown): number | undefined =>
  typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : undefined;

/** A text or a number: an id, a slug, a fingerprint. */
export const identifierOf = (value: unknown): string | number | undefined =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined;
