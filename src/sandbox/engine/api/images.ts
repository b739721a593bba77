// /images of one engine: pulled, loaded, looked at and renamed. Contents are not kept, only which
// layers there are: what a delta leaves out must be there.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { NOT_PLAYED } from '../failure.ts';
import type { Engine, Image } from '../model/engine.ts';
import { exists, withTag } from '../model/registry.ts';
import { entriesIn } from './archive.ts';

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const noSuch = (name: string) => new EngineError(404, `No such image: ${name}`);

export const findImage = ({ images }: Engine, name: string): Image | undefined =>
  images.get(name) ?? images.get(withTag(name)) ?? [...images.values()].find(({ id }) => id === name);

export function imageInspect(engine: Engine, name: string) {
  const image = findImage(engine, name);
  if (image === undefined) throw noSuch(name);
  return { Id: image.id, Os: 'linux', Architecture: 'amd64', RootFS: { Type: 'layers', Layers: image.layers } };
}

export function imageTag(engine: Engine, name: string, query: URLSearchParams): void {
  const image = findImage(engine, name);
  if (image === undefined) throw noSuch(name);
  const [repo, tag] = [query.get('repo') ?? '', query.get('tag') ?? 'latest'];
  engine.images.set(`${repo}:${tag}`, { ...image, name: repo, tag });
}

export function imageRemove(engine: Engine, name: string): object[] {
  if (!engine.images.delete(name)) throw noSuch(name);
  return [{ Untagged: name }];
}

/** `POST /images/create` of an image of the registry. */
export function imagePull(engine: Engine, query: URLSearchParams): object {
  const name = (query.get('fromImage') ?? '').replace(/^docker\.io\//, '').replace(/^library\//, '');
  if (name === '') throw new EngineError(501, `importing an image: ${NOT_PLAYED}`);
  const [repository = '', tag = query.get('tag') || 'latest'] = name.split(/:([^:/]*)$/);
  if (!exists(repository)) throw new EngineError(500, `failed to resolve reference "${repository}:${tag}"`);
  engine.addImage(repository, tag);
  return { status: `Status: Downloaded newer image for ${repository}:${tag}` };
}

/** `POST /images/load`, of what `docker save` wrote. */
export async function imageLoad(engine: Engine, body: Buffer): Promise<object> {
  const files = new Map<string, Buffer>();
  for await (const { header, content } of entriesIn(unzipped(body))) files.set(header.name, content);
  const manifest = JSON.parse(String(files.get('manifest.json'))) as {
    Config: string;
    RepoTags: string[];
    Layers: string[];
  }[];
  const said: string[] = [];
  for (const { Config, RepoTags, Layers } of manifest) {
    const config = files.get(Config)!;
    const { rootfs } = JSON.parse(String(config)) as { rootfs: { diff_ids: string[] } };
    const missing = rootfs.diff_ids.findIndex(
      (id, n) => !hasLayers(engine, rootfs.diff_ids.slice(0, n + 1)) && !isIn(files, Layers[n]!, id),
    );
    if (missing >= 0)
      return refusal(`open /var/lib/docker/tmp/docker-import-1/${Layers[missing]}: no such file or directory`);
    for (const reference of RepoTags) {
      const image = engine.addImage(reference.replace(/:[^:]*$/, ''), reference.replace(/^.*:/, ''));
      Object.assign(image, { id: sha256(config), layers: rootfs.diff_ids, createdAt: engine.world.now() });
      said.push(`Loaded image: ${reference}\n`);
    }
  }
  return { stream: said.join('') };
}

const refusal = (message: string) => ({ errorDetail: { message }, error: message });

/** Whether some image begins with these layers. */
const hasLayers = ({ images }: Engine, layers: readonly string[]): boolean =>
  [...images.values()].some((image) => layers.every((layer, n) => image.layers[n] === layer));

const isIn = (files: Map<string, Buffer>, path: string, diffId: string): boolean => {
  const bytes = files.get(path);
  return bytes !== undefined && sha256(unzipped(bytes)) === diffId;
};

const unzipped = (bytes: Buffer): Buffer => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
