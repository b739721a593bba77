// The names of images: as a person writes them, in full, and by content.
import { UsageError } from '../errors.ts';

export interface ImageName {
  /** As docker shows it: `app:1`, `ghcr.io/me/app:1`. */
  shown: string;
  /** With its registry: `docker.io/library/app:1`. */
  full: string;
  /** Without registry and tag: `app`, `me/app`. */
  path: string;
  tag: string;
}

/** Nothing listens there, and no route leads to anybody else: a node that tries to pull from it fails at once and uses what it has. */
const NOBODYS = '127.0.0.1:1';
/** So much of the content's hash is in a tag. */
const HEX = 20;
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const NAME = new RegExp(
  `^(?:((?=[^/]*[.:]|localhost/)${LABEL}(?:\\.${LABEL})*(?::\\d{1,5})?)/)?(${PART}(?:/${PART})*)(?::([\\w][\\w.-]{0,127}))?$`,
);

/** Undefined for what is no name of an image, and for one with a digest. */
export function parseName(text: string): ImageName | undefined {
  const [, registry = 'docker.io', given = '', tag = 'latest'] = (text.length <= 255 && NAME.exec(text)) || [];
  if (given === '') return undefined;
  const isHub = ['docker.io', 'index.docker.io'].includes(registry);
  const path = isHub ? given.replace(/^library\//, '') : given;
  const full = isHub ? `docker.io/${path.includes('/') ? path : `library/${path}`}` : `${registry}/${path}`;
  return { shown: `${isHub ? path : `${registry}/${path}`}:${tag}`, full: `${full}:${tag}`, path, tag };
}

/** @throws UsageError */
export function readName(text: string): ImageName {
  const name = parseName(text);
  if (name) return name;
  throw new UsageError(`invalid image name "${text}"`, { hint: 'such as: belt push app:1.2' });
}

/** The name that means this content on every node, whatever store its engine has, and that nobody can pull. */
export const contentName = ({ path }: Pick<ImageName, 'path'>, digest: string): ImageName =>
  parseName(`${NOBODYS}/${path}:${digest.replace('sha256:', '').slice(0, HEX)}`)!;

/** Whether it means pushed content: no registry knows it. */
export const isContentName = (image: string): boolean => image.startsWith(`${NOBODYS}/`);

/** The name of the first layers of an image that is under way. */
export const partialName = ({ path, tag }: ImageName, layers: number): ImageName =>
  parseName(`${NOBODYS}/${path}:${tag}-first-${layers}`)!;
