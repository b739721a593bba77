// The image layers of this machine, in a cache outside the project that all sandboxes share.
import { join } from 'node:path';
import { ROOT } from './build.ts';
import { folderNames } from './recipes.ts';

/** Where everything of the layers is. */
export interface Library {
  /** The part of the layer that droplets' disks lie on. */
  disk(layer: string): string;
  /** Another of its files. */
  file(layer: string, path: string): string;
}

export function library(cache: string): Library {
  const named = folderNames();
  const folder = (layer: string) => join(cache, named.get(layer)!);
  return { disk: (layer) => join(folder(layer), ROOT), file: (layer, path) => join(folder(layer), path) };
}

/** Where the layers are kept: `BELT_IMAGES_DIR`, or the user's cache. */
export const cacheFolder = (env: Readonly<Record<string, string | undefined>>, home: string): string =>
  env['BELT_IMAGES_DIR'] ?? join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'belt/images');
