// One image to one node: what the node lacks, in steps that a cut does not undo, proven by a container that is made and removed.

import { EngineError } from '../engine/error.ts';
import type { EngineImage, EnginePlatform, ImageEngine } from '../engine/image-calls.ts';
import { BeltError, messageOf } from '../errors.ts';
import { sha256, type Variant } from './archive.ts';
import type { PackedLayers } from './packed.ts';
import { contentName, type ImageName, partialName } from './reference.ts';
import type { NamedImage } from './source.ts';
import { firstLayers, manifestOf, type Shipment, ship } from './stream.ts';

/** A cut costs at most so much again, or a layer that is larger. In bytes. */
const STEP = 32 * 1024 * 1024;

/** A node as the push sees it. */
export interface Target {
  name: string;
  engine: ImageEngine;
  /** Has its engine load a stream. */
  load(source: AsyncIterable<Buffer>): Promise<string>;
  /** Told how many bytes this push will send, a guess at first. */
  expect(size: () => number): void;
  trace(text: string): void;
}

/** How an image got to a node. */
export interface Pushed {
  image: string;
  /** By which every node means the same content, and no registry is asked. */
  reference: string;
  layers: number;
  /** How many of them the node had before. */
  had: number;
}

/** By content, whichever platform a node has. */
export function referenceOf({ name, variants }: NamedImage): ImageName {
  const digests = variants.map(({ config }) => config.digest).sort();
  return contentName(name, digests.length === 1 ? digests[0]! : sha256(Buffer.from(digests.join())));
}

/** @throws EngineError when the engine refuses; BeltError for another platform; SshError */
export async function pushImage(target: Target, image: NamedImage, packed: PackedLayers): Promise<Pushed> {
  const { engine, name } = target;
  const variant = fitting(name, image, await engine.platform());
  const push = new NodePush(target, image, variant, packed);
  const had = await push.run();
  return {
    image: image.name.shown,
    reference: referenceOf(image).shown,
    layers: variant.layers.length,
    had,
  };
}

/** @throws BeltError where there is none for the node */
function fitting(node: string, { name, variants }: NamedImage, platform: EnginePlatform): Variant {
  const { os, architecture } = platform;
  const found = variants.find(({ platform: one }) => one.os === os && one.architecture === architecture);
  if (found) return found;
  const has = variants.map(({ platform: one }) => `${one.os}/${one.architecture}`).join(', ');
  throw new BeltError(`${node}: ${name.shown} is for ${has}, the node is ${os}/${architecture}`, {
    hint: `build it for the node: docker build --platform ${os}/${architecture} …`,
  });
}

class NodePush {
  readonly #target: Target;
  readonly #image: NamedImage;
  readonly #variant: Variant;
  readonly #packed: PackedLayers;
  readonly #reference: ImageName;
  /** Under which names first layers were sent. */
  readonly #partial = new Set<string>();

  constructor(target: Target, image: NamedImage, variant: Variant, packed: PackedLayers) {
    this.#target = target;
    this.#image = image;
    this.#variant = variant;
    this.#packed = packed;
    this.#reference = referenceOf(image);
  }

  /** Gives how many layers it had. */
  async run(): Promise<number> {
    const { engine } = this.#target;
    const there = await engine.image(this.#reference.shown);
    if (there && this.#isSame(there) && (await this.#works())) {
      await engine.tag(this.#reference.shown, this.#image.name.shown);
      return this.#variant.layers.length;
    }
    const all = await engine.images();
    const had = Math.max(0, ...all.map(({ layers }) => this.#common(layers)));
    if (!(await this.#sent(had))) {
      // Its store has not what it told of: all of it mends that.
      await this.#send(0, this.#variant.layers.length);
      await this.#try();
    }
    await this.#removePartial(all.flatMap(({ names }) => names));
    return had;
  }

  #isSame({ id, layers }: EngineImage): boolean {
    const isWhole =
      this.#common(layers) === this.#variant.layers.length && layers.length === this.#variant.layers.length;
    return isWhole && [this.#variant.config.digest, sha256(manifestOf(this.#variant))].includes(id);
  }

  /** How many of its first layers are these. */
  #common(layers: readonly string[]): number {
    const differs = this.#variant.layers.findIndex(({ diffId }, n) => layers[n] !== diffId);
    return differs < 0 ? this.#variant.layers.length : differs;
  }

  /** Whether the node has it now, after it got what it seemed to lack. */
  async #sent(had: number): Promise<boolean> {
    try {
      let has = had;
      for (const end of steps(this.#variant, had)) {
        await this.#send(has, end);
        has = end;
      }
      await this.#try();
      return true;
    } catch (error) {
      // A refusal of the engine's; a cut is none. Where all was sent already, more of it does not help.
      if (!(error instanceof EngineError) || error.status === 0 || had === 0) throw error;
      this.#target.trace(`${this.#image.name.shown}: sending all of it: ${messageOf(error)}`);
      return false;
    }
  }

  async #send(has: number, end: number): Promise<void> {
    const isLast = end === this.#variant.layers.length;
    if (!isLast) this.#partial.add(partialName(this.#reference, end).shown);
    const shipment: Shipment = {
      image: this.#image,
      variant: isLast ? this.#variant : firstLayers(this.#variant, end),
      names: isLast ? this.#names() : [partialName(this.#reference, end)],
      has,
      packed: this.#packed,
    };
    const { size, read } = ship(shipment);
    this.#target.expect(size);
    this.#target.trace(
      `layers ${has + 1} to ${end} of ${this.#variant.layers.length}: ${await this.#target.load(read())}`,
    );
  }

  /** What was pushed before may be known by its reference alone. */
  #names(): ImageName[] {
    const { name } = this.#image;
    return name.full === this.#reference.full ? [name] : [this.#reference, name];
  }

  async #works(): Promise<boolean> {
    try {
      await this.#try();
      return true;
    } catch (error) {
      if (!(error instanceof EngineError) || error.status === 0) throw error;
      this.#target.trace(`${this.#image.name.shown} cannot be run as it is there: ${messageOf(error)}`);
      return false;
    }
  }

  #try(): Promise<void> {
    const { shown, tag } = this.#reference;
    return this.#target.engine.tryImage(shown, `belt-push-${tag}`);
  }

  /** What is left of this push and of those that were cut before it. */
  async #removePartial(before: readonly string[]): Promise<void> {
    const start = partialName(this.#reference, 0).shown.slice(0, -1);
    const names = new Set([...this.#partial, ...before.filter((name) => name.startsWith(start))]);
    for (const name of names) await this.#target.engine.removeName(name);
  }
}

/** After which layers a load ends, where the node has so many. */
export function steps({ layers }: Pick<Variant, 'layers'>, had: number): number[] {
  const ends: number[] = [];
  let bytes = 0;
  for (let n = had; n < layers.length; n++) {
    bytes += layers[n]!.size ?? 0;
    if (bytes < STEP || n + 1 === layers.length) continue;
    ends.push(n + 1);
    bytes = 0;
  }
  return [...ends, layers.length];
}
