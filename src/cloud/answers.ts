// Reads DigitalOcean's responses, singly or page by page, as its API describes them.
import { z } from 'zod';
import { BeltError } from '../errors.ts';
import { Ambiguous, CloudError, UNKNOWN_ID } from './errors.ts';
import { everyPage, isPlausibleTotal, type Page } from './paging.ts';

/** Called for an item that cannot be read and is skipped. */
export type OnSkipped = (line: string) => void;

/** Every item of a list, whatever the number of pages. */
export const pages = <T extends { id?: number | string; slug?: string | undefined }>(
  key: string,
  item: z.ZodType<T>,
  { fetch, onSkipped }: { fetch: (page: number) => Promise<unknown>; onSkipped: OnSkipped },
): Promise<T[]> => everyPage(key, async (page) => pageOf(key, item, { answer: await fetch(page), onSkipped }));

/**
 * What can be read of one page.
 * @throws BeltError when it is not a page, or nothing on it can be read: that is not the same as an empty page
 */
export function pageOf<T>(
  key: string,
  item: z.ZodType<T>,
  { answer, onSkipped }: { answer: unknown; onSkipped: OnSkipped },
): Page<T> {
  const total = totalOf(answer);
  const list = isObject(answer) ? answer[key] : undefined;
  // A null list means an empty one only if the total agrees.
  if (list === null && total === 0) return { items: [], held: 0, total };
  if (!Array.isArray(list)) throw unreadable(key, `${key} is not a list`);
  const read = list.map((one) => item.safeParse(one));
  const items = read.flatMap((one) => (one.success ? [one.data] : []));
  const reasons = read.flatMap((one) => (one.success ? [] : [reasonOf(one.error)]));
  if (items.length === 0 && reasons[0] !== undefined) throw unreadable(key, reasons[0]);
  for (const reason of reasons) onSkipped(`invalid entry in the list of ${key}: ${reason}`);
  return { items, held: list.length, total };
}

/** The stated total of a list; undefined where it is missing or implausible. */
export function totalOf(answer: unknown): number | undefined {
  const total = isObject(answer) && isObject(answer['meta']) ? answer['meta']['total'] : undefined;
  return isPlausibleTotal(total) ? total : undefined;
}

/** The answer, or undefined for a 404 from DigitalOcean itself: something in between may answer 404 as well. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404 && error.id !== UNKNOWN_ID) return undefined;
    throw error;
  }
}

/** The answer's value under a key. @throws BeltError naming the part that cannot be read */
export function one<T>(key: string, item: z.ZodType<T>, answer: unknown): T {
  const result = z.object({ [key]: item }).safeParse(answer);
  if (result.success) return result.data[key] as T;
  throw unreadable(key, reasonOf(result.error));
}

/** The same for an answer about something created. @throws Ambiguous: it may exist whatever the answer looks like */
export function made<T>(key: string, item: z.ZodType<T>, { answer, request }: { answer: unknown; request: string }): T {
  const result = z.object({ [key]: item }).safeParse(answer);
  if (result.success) return result.data[key] as T;
  throw new Ambiguous(`${request}: cannot read DigitalOcean's response: ${reasonOf(result.error)}`, {
    hint: 'run the same command again',
  });
}

const unreadable = (key: string, reason: string): BeltError =>
  new BeltError(`DigitalOcean's response does not match its API: ${key}: ${reason}`, {
    hint: 'check api_url; if it is right, this is a bug in belt: please report it',
  });

function reasonOf({ issues: [issue] }: z.ZodError): string {
  const place = issue?.path.join('.') ?? '';
  return `${place && `${place}: `}${issue?.message.replace(/^Invalid input: /, '') ?? 'it cannot be read'}`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
