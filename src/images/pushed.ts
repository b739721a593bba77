// What was pushed once, found again on this machine by its content.
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import { isHere, namesHere } from './local-engine.ts';
import { referenceOf } from './node-push.ts';
import { parseName } from './reference.ts';
import { type OpenSource, openLocal } from './source.ts';

/** Each is read as a whole to know its content. */
const MOST_READ = 3;

/** The image of a reference by content, where the Docker engine here has it; under that reference. Close it afterwards. */
export async function openPushed(context: Context, reference: string): Promise<OpenSource | undefined> {
  const name = parseName(reference);
  if (!name) return undefined;
  try {
    // The tag begins the id of an image for one platform, where the engine here has the classic image store.
    const words = (await isHere(context, { shown: name.tag })) ? [name.tag] : await namesHere(context, name.path);
    for (const word of words.slice(0, MOST_READ)) {
      const source = await openLocal(context, word, name);
      if (source.images.some((image) => referenceOf(image).full === name.full)) return source;
      source.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof BeltError)) throw error;
    context.trace?.(`${reference} on this machine: ${messageOf(error)}`);
  }
  return undefined;
}
