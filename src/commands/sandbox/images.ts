// The image layers that engine hosts boot from: built when they are first needed, and by a command of their own.
import type { Context } from '../../context.ts';
import { findMirror, noMirror } from '../../sandbox/images/archive.ts';
import { buildLayer, missingLayers } from '../../sandbox/images/build.ts';
import { outdated, removeLayers } from '../../sandbox/images/store.ts';
import { imagesFolder, runningWith } from './place.ts';

/** Builds the layers that are missing, and says which and how long that takes. Gives how many they were. */
export async function buildMissing(context: Context): Promise<number> {
  const cache = imagesFolder(context);
  const layers = missingLayers(cache);
  if (layers.length === 0) return 0;
  const mirror = await findMirror();
  if (mirror === undefined) throw noMirror();
  let seconds = layers.reduce((sum, layer) => sum + layer.seconds, 0);
  for (const [n, layer] of layers.entries()) {
    context.out.note(`building image layer ${n + 1} of ${layers.length}, ${layer.name}: about ${span(seconds)} to go`);
    await buildLayer(cache, layer, { mirror, signal: context.signal });
    seconds -= layer.seconds;
  }
  // A sandbox that runs has its droplets on them.
  if (runningWith(context, 'engine').length === 0) removeLayers(cache, outdated(cache));
  return layers.length;
}

const span = (seconds: number): string => (seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`);
