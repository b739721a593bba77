// The saved disks, by image.
import { join } from 'node:path';
import { makeFolder } from './disk.ts';
import { run } from './run.ts';

/** What a droplet's disk is made of. */
export interface Disk {
  folder: string;
  /** The folders below what the droplet writes, the highest first. */
  layers: readonly string[];
}

/** What a disk consists of besides its layers. */
const PARTS = ['upper', 'docker'];

export class Snapshots {
  readonly #kept = new Map<string, Promise<Disk>>();

  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(image: string, { folder, layers }: Disk): Promise<void> {
    const to = join(this.#folder, image);
    const kept = copyDisk(folder, to).then(() => ({ folder: to, layers }));
    this.#kept.set(image, kept);
    await kept;
  }

  /** Puts the disk into the folder, and gives its layers; undefined when it is no snapshot's. */
  async restore(image: string, to: string): Promise<readonly string[] | undefined> {
    const kept = await this.#kept.get(image);
    if (kept === undefined) return undefined;
    await copyDisk(kept.folder, to);
    return kept.layers;
  }
}

async function copyDisk(from: string, to: string): Promise<void> {
  makeFolder(to);
  for (const part of PARTS) await run(['cp', '-a', join(from, part), to]);
}
