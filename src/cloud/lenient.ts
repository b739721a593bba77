// How answers are read: what is odd about a field costs that field, what is odd about an item costs that item, and no list is
// lost for it (design rule 3).
import { z } from 'zod';

/** What a field says that DigitalOcean left out, or that belt cannot read. */
export const UNKNOWN = 'unknown';

/** A text that has to be one, or the fallback. */
export const text = (fallback: string) => z.string().catch(fallback);
export const maybeText = z.string().optional().catch(undefined);
export const maybeNumber = z.number().optional().catch(undefined);
export const maybeFlag = z.boolean().optional().catch(undefined);

/** An id that is a number, also where it is written as a text. */
export const numericId = z.union([
  z.number().int().positive(),
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .transform(Number),
]);

/** What of a list can be read; nothing where it is no list. */
export const some = <T>(item: z.ZodType<T>) => z.array(z.unknown()).catch([]).transform(readable(item));

/** The same, or undefined where it is no list: nothing is known then. */
export const maybeSome = <T>(item: z.ZodType<T>) =>
  z
    .array(z.unknown())
    .optional()
    .catch(undefined)
    .transform((list) => list && readable(item)(list));

const readable =
  <T>(item: z.ZodType<T>) =>
  (list: readonly unknown[]): T[] =>
    list.flatMap((one) => {
      const read = item.safeParse(one);
      return read.success ? [read.data] : [];
    });
