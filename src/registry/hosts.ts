// How registries are called: by images, by people, and in docker's configuration.
import { REGISTRY_HOST } from '../cloud/registries.ts';
import { UsageError } from '../errors.ts';

/** Docker Hub's name in docker's configuration. */
export const HUB = 'https://index.docker.io/v1/';
/** DigitalOcean's container registry, whose credentials its API makes. */
export const DIGITALOCEAN = REGISTRY_HOST;

/** As docker's configuration names the registry of an image: `ghcr.io`, or that of Docker Hub. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && IS_HOST.test(first) ? keyOf(first) : HUB;
}

/** As github.com/distribution/reference has it: no user of Docker Hub has capitals in the name. */
const IS_HOST = /[.:A-Z]|^localhost$/;

const keyOf = (host: string): string => (/^(?:index\.|registry-1\.)?docker\.io$/.test(host) ? HUB : host);

/** `https://ghcr.io/v2/` and `ghcr.io` are one registry. */
export const hostOf = (registry: string): string => registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

/** As people know it. */
export const shownRegistry = (registry: string): string => (registry === HUB ? 'docker.io' : hostOf(registry));

const HOST = /^(?:[a-zA-Z\d](?:[a-zA-Z\d.-]*[a-zA-Z\d])?|\[[\da-fA-F:]+\])(?::\d{1,5})?$/;

/** The registry that a person means. @throws UsageError for what no image's name can begin with */
export function readHost(word: string): string {
  const host = hostOf(word.trim());
  if (HOST.test(host) && IS_HOST.test(host)) return keyOf(host);
  throw new UsageError(`${JSON.stringify(word)} is not the host of a registry`, {
    hint: 'what the names of its images begin with, such as ghcr.io or registry.example.com:5000; docker.io is Docker Hub',
  });
}
