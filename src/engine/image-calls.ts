// The calls to one engine about its images.
import pLimit from 'p-limit';
import { z } from 'zod';
import { checked } from './answers.ts';
import { dial } from './dial.ts';
import { EngineError } from './error.ts';
import type { Call } from './model.ts';

const text = z.string().nullish();
const apiVersion = z.object({ Version: z.string(), Os: z.string(), Arch: z.string() });
const apiImages = z.array(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullish() }));
const apiImage = z.object({
  Id: z.string(),
  Os: text,
  Architecture: text,
  RootFS: z.object({ Layers: z.array(z.string()).nullish() }).nullish(),
});
const apiContainer = z.object({ Id: z.string() });
const AT_ONCE = 4;

export interface EngineImage {
  id: string;
  /** The hashes of its uncompressed layers, from the first. */
  layers: readonly string[];
}

/** Where an engine runs, in Docker's words: `linux`, `amd64`. */
export interface EnginePlatform {
  version: string;
  os: string;
  architecture: string;
}

export interface ImageEngine {
  platform(): Promise<EnginePlatform>;
  /** All images, and the names that they have. */
  images(): Promise<(EngineImage & { names: readonly string[] })[]>;
  /** Undefined where there is none of the name. */
  image(name: string): Promise<EngineImage | undefined>;
  tag(image: string, to: string): Promise<void>;
  /** Takes the name off; a missing one counts as removed. `force`: also where a container that has ended is of it. */
  removeName(name: string, options?: { force: boolean }): Promise<void>;
  /** Whether the image can be run: makes a container of it, starts nothing, and removes it. @throws EngineError saying why not */
  tryImage(name: string, container: string): Promise<void>;
}

const isMissing = (error: unknown): boolean => error instanceof EngineError && error.status === 404;
const unlessMissing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error;
  return undefined;
};

export function imageCalls(call: Call, look: Call): ImageEngine {
  const get = <T>(path: string, shape: z.ZodType<T>): Promise<T> =>
    look(async (docker, name) => checked(name, shape, await dial(docker, { method: 'GET', path })));
  const image = async (name: string): Promise<EngineImage> => {
    const { Id, RootFS } = await get(`/images/${name}/json`, apiImage);
    return { id: Id, layers: RootFS?.Layers ?? [] };
  };
  return {
    platform: async () => {
      const { Version, Os, Arch } = await get('/version', apiVersion);
      return { version: Version, os: Os, architecture: Arch };
    },
    images: async () => {
      const limit = pLimit(AT_ONCE);
      const one = async ({ Id, RepoTags }: z.infer<typeof apiImages>[number]) => {
        const found = await image(Id).catch(unlessMissing);
        return found ? [{ ...found, names: RepoTags ?? [] }] : [];
      };
      const all = await get('/images/json', apiImages);
      return (await Promise.all(all.map((listed) => limit(() => one(listed))))).flat();
    },
    image: (name) => image(name).catch(unlessMissing),
    tag: (name, to) =>
      call(async (docker) => {
        const [, repo, tag] = /^(.*):([^:/]*)$/.exec(to) ?? [];
        const path = `/images/${name}/tag?`;
        await dial(docker, { method: 'POST', path, options: { repo, tag }, status: 201 });
      }),
    removeName: (name, { force } = { force: false }) =>
      call(async (docker) => {
        const path = `/images/${name}${force ? '?' : ''}`;
        await dial(docker, { method: 'DELETE', path, ...(force && { options: { force: 1 } }) }).catch(unlessMissing);
      }),
    tryImage: (image, container) => tryImage(call, image, container),
  };
}

async function tryImage(call: Call, image: string, container: string): Promise<void> {
  const remove = (id: string) =>
    call(async (docker) => {
      const options = { v: 1, force: 1 };
      await dial(docker, { method: 'DELETE', path: `/containers/${id}?`, options, status: 204 }).catch(unlessMissing);
    });
  const create = () =>
    call(async (docker, name) => {
      const body = { Image: image, Cmd: ['none'], HostConfig: { NetworkMode: 'none' } };
      const options = { _query: { name: container }, _body: body };
      const answer = await dial(docker, { method: 'POST', path: '/containers/create?', options, status: 201 });
      return checked(name, apiContainer, answer).Id;
    });
  // One of the name is left of a push that was killed.
  const id = await create().catch(async (error) => {
    if (!(error instanceof EngineError) || error.status !== 409) throw error;
    await remove(container);
    return create();
  });
  await remove(id);
}
