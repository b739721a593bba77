// The image layers that engine hosts boot from: built when they are first needed, and by a command of their own.
import type { Context } from '../../context.ts';
import { BeltError } from '../../errors.ts';
import { findMirror } from '../../sandbox/images/archive.ts';
import { buildLayer, missingLayers } from '../../sandbox/images/build.ts';
import { listLayers, outdated, removeLayers } from '../../sandbox/images/store.ts';
import { requireEngineHosts } from './doctor.ts';
import { imagesFolder, runningWith } from './place.ts';

/** Builds the layers that are missing, and says which and how long that takes. Gives how many they were. */
export async function buildMissing(context: Context): Promise<number> {
  const cache = imagesFolder(context);
  const layers = missingLayers(cache);
  if (layers.length === 0) return 0;
  const mirror = await findMirror();
  let seconds = layers.reduce((sum, layer) => sum + layer.seconds, 0);
  for (const [n, layer] of layers.entries()) {
    context.out.note(`building image layer ${n + 1} of ${layers.length}, ${layer.name}: about ${span(seconds)} to go`);
    await buildLayer(cache, layer, mirror);
    seconds -= layer.seconds;
  }
  // A sandbox that runs has its droplets on them.
  if (runningWith(context, 'engine').length === 0) removeLayers(cache, outdated(cache));
  return layers.length;
}

/** `belt sandbox image build` — what is missing, so that `sandbox start` need not wait for it. */
export async function imageBuild(context: Context): Promise<void> {
  await requireEngineHosts(context);
  const built = await buildMissing(context);
  if (context.out.json) return context.out.document({ built, folder: imagesFolder(context) });
  const layers = `${built} layer${built === 1 ? '' : 's'}`;
  context.out.line(built === 0 ? 'every image is already built' : `built ${layers} in ${imagesFolder(context)}`);
}

/** `belt sandbox image ls` — the layers, and how large each is. */
export async function imageLs(context: Context): Promise<void> {
  const layers = await listLayers(imagesFolder(context));
  if (context.out.json) return context.out.document(layers);
  context.out.table(
    ['Layer', 'State', 'MiB'],
    layers.map(({ name, state, sizeMiB }) => [name, state, state === 'missing' ? '' : String(sizeMiB)]),
  );
}

/** `belt sandbox image rm` — all of them; the next sandbox with engine hosts builds them again. */
export async function imageRm(context: Context): Promise<void> {
  const users = runningWith(context, 'engine');
  if (users.length > 0) {
    throw new BeltError(`the images are in use by the sandbox "${users[0]}"`, {
      hint: `stop it first: belt sandbox stop --name ${users[0]}`,
    });
  }
  const removed = removeLayers(imagesFolder(context));
  if (context.out.json) return context.out.document({ removed });
  context.out.line(removed === 0 ? 'there are no images' : `removed ${removed} layers`);
}

const span = (seconds: number): string => (seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`);
