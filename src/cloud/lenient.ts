// Lenient parsing of answers: an odd field only costs that field, an odd item only that item, and never the whole
// list (design rule 3).
import { z } from 'zod';

/** The value of a field that is missing or cannot be read. */
export const UNKNOWN = 'unknown';

/** A text, or the fallback. */
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

/** The readable items of a list; none if it is not a list. */
export const some = <T>(item: z.ZodType<T>) => z.array(z.unknown()).catch([]).transform(readable(item));

/** The same, or undefined if it is not a list. */
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
