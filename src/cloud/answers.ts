// DigitalOcean's answers, one by one or page by page, checked against what its API describes.
import type { z } from 'zod';
import { BeltError } from '../errors.ts';
import { CloudError } from './errors.ts';
import { everyPage } from './paging.ts';

/** Every item of a list, whatever the number of pages. */
export const pages = <K extends string, T extends { id?: number | string; slug?: string | null }>(
  key: K,
  schema: z.ZodType<{ meta: { total: number } } & Record<K, T[]>>,
  fetch: (page: number) => Promise<unknown>,
): Promise<T[]> =>
  everyPage(async (page) => {
    const answer = checked(schema, await fetch(page), key);
    return { items: answer[key], total: answer.meta.total };
  });

/** The answer, or undefined for a 404. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) return undefined;
    throw error;
  }
}

/** @throws BeltError naming the part that is not as the API describes it */
export function checked<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BeltError(
    `DigitalOcean's answer is not what its API describes: ${what}, ${issue?.path.join('.')}: ${issue?.message}`,
    { hint: 'check api_url; if it is right, this is a bug of belt: please report it' },
  );
}
