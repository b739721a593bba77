// The DigitalOcean client: do-wrapper knows the API, belt's transport sends the requests, zod checks the responses.
import DoWrapper from 'do-wrapper';
import type { ZodType } from 'zod';
import { messageOf } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { made, type OnSkipped, one, pageOf, pages, totalOf, unlessMissing } from './answers.ts';
import { Ambiguous } from './errors.ts';
import { type Networks, networks } from './networks.ts';
import { PAGE_SIZE } from './paging.ts';
import { type Registries, registries } from './registries.ts';
import { type Account, type AccountKey, type Image, items, type Region, type Size } from './schemas.ts';
import { TagSpellings } from './tag-spelling.ts';
import type { ApiRequest, Transport } from './transport.ts';

/** What `POST /v2/droplets` takes for up to ten names. */
export interface CreateRequest {
  names: string[];
  region: string;
  size: string;
  image: string | number;
  ssh_keys: (string | number)[];
  tags: string[];
  user_data?: string | undefined;
  vpc_uuid?: string | undefined;
  /** False for a droplet without a public address. */
  public_networking?: boolean | undefined;
  ipv6?: boolean | undefined;
  monitoring?: boolean | undefined;
  backups?: boolean | undefined;
}

export interface Cloud extends Networks, Registries {
  /** The account that the token belongs to. */
  account(): Promise<Account>;
  /** How many droplets without a GPU the account has; undefined where the answer does not say. */
  dropletCount(): Promise<number | undefined>;
  /** How many with one, which no other list has. */
  gpuDropletCount(): Promise<number | undefined>;
  /** Every droplet of the account, or those with a tag. `onSkipped` is told what of this list cannot be read; it may throw. */
  droplets(filter?: { tag?: string; name?: string; onSkipped?: OnSkipped }): Promise<Droplet[]>;
  /** One droplet; undefined when there is none with this id. */
  droplet(id: number): Promise<Droplet | undefined>;
  /**
   * A droplet for each name, in the order of the names.
   * @throws Ambiguous with those in the answer, when it does not list them all: the others may exist as well
   */
  createDroplets(request: CreateRequest): Promise<Droplet[]>;
  /** Deletes a droplet; one that is already gone counts as deleted. */
  deleteDroplet(id: number): Promise<void>;
  sizes(): Promise<Size[]>;
  regions(): Promise<Region[]>;
  /** One image by slug or id; undefined when there is none. */
  image(ref: string): Promise<Image | undefined>;
  images(): Promise<Image[]>;
  keys(): Promise<AccountKey[]>;
  addKey(name: string, publicKey: string): Promise<AccountKey>;
}

/** do-wrapper leaves an empty tag out of the query. */
const NO_TAG = '';

/** do-wrapper's request options, as its modules pass them to the helper that belt replaces. */
interface WrapperRequest {
  actionPath: string;
  method?: ApiRequest['method'];
  qs?: ApiRequest['query'];
  body?: unknown;
}

/** The client; every answer is checked and every failure is one of cloud/errors.ts. `onSkipped` is called for what cannot be read. */
export function cloud(send: Transport, { onSkipped = () => {} }: { onSkipped?: OnSkipped } = {}): Cloud {
  const wrapper = wrapped(send);
  const every = <T extends { id?: number | string; slug?: string | undefined }>(
    key: string,
    item: ZodType<T>,
    fetch: (page: number) => Promise<unknown>,
    told = onSkipped,
  ) => pages(key, item, { fetch, onSkipped: told });
  const tagged = (tag: string, told?: OnSkipped) =>
    every('droplets', items.droplet, (page) => wrapper.droplets.getAll(tag, false, page, PAGE_SIZE), told);
  const dropletsNamed = (name: string, page: number) =>
    send({ method: 'GET', path: '/v2/droplets', query: { name, per_page: PAGE_SIZE, page } });
  const isTag = async (tag: string) =>
    (await unlessMissing(send({ method: 'GET', path: `/v2/tags/${encodeURIComponent(tag)}` }))) !== undefined;
  const spellings = new TagSpellings();
  return {
    account: async () => one('account', items.account, await wrapper.account.get()),
    dropletCount: async () => totalOf(await wrapper.droplets.getAll(NO_TAG, false, 1, 1)),
    gpuDropletCount: async () =>
      totalOf(await send({ method: 'GET', path: '/v2/droplets', query: { type: 'gpus', per_page: 1, page: 1 } })),
    droplets: ({ tag, name, onSkipped: told } = {}) => {
      if (name !== undefined) return every('droplets', items.droplet, (page) => dropletsNamed(name, page), told);
      if (tag === undefined) return tagged(NO_TAG, told);
      // What cannot be read of the others says nothing of those with the tag.
      return spellings.droplets(tag, { list: (one) => tagged(one, told), all: () => tagged(NO_TAG, () => {}), isTag });
    },
    droplet: async (id) => {
      const answer = await unlessMissing(wrapper.droplets.getById(String(id)));
      return answer && one('droplet', items.droplet, answer);
    },
    createDroplets: async (request) => {
      const answer = await wrapper.droplets.create(request as never).finally(() => spellings.renew());
      return createdDroplets(request, { answer, onSkipped });
    },
    deleteDroplet: async (id) => {
      await unlessMissing(wrapper.droplets.deleteById(String(id)));
    },
    sizes: () => every('sizes', items.size, (page) => wrapper.sizes.get(NO_TAG, false, page, PAGE_SIZE)),
    regions: () => every('regions', items.region, (page) => wrapper.regions.getAll(NO_TAG, false, page, PAGE_SIZE)),
    image: async (ref) => {
      // Such a name would change the path of the request.
      if (/^\.{0,2}$/.test(ref)) return undefined;
      const answer = await unlessMissing(wrapper.images.getByIdOrSlug(encodeURIComponent(ref)));
      return answer && one('image', items.image, answer);
    },
    images: () => every('images', items.image, (page) => wrapper.images.getAll(NO_TAG, false, page, PAGE_SIZE)),
    keys: () => every('ssh_keys', items.key, (page) => wrapper.keys.getAll(NO_TAG, false, page, PAGE_SIZE)),
    addKey: async (name, public_key) => madeKey(await wrapper.keys.add({ name, public_key })),
    ...networks(send, onSkipped),
    ...registries(send),
  };
}

const madeKey = (answer: unknown): AccountKey =>
  made('ssh_key', items.key, { answer, request: 'POST /v2/account/keys' });

/** What can be read of the answer to a create request: an id and a name are enough. */
function createdDroplets(
  { names, tags }: CreateRequest,
  { answer, onSkipped }: { answer: unknown; onSkipped: OnSkipped },
): Droplet[] {
  const read = readable(answer, onSkipped);
  // The tags are those of the request, even if the answer leaves them out.
  const tagged = read.map((droplet) => (droplet.tags.length > 0 ? droplet : { ...droplet, tags: [...tags] }));
  const named = names.flatMap((name) => tagged.find((droplet) => droplet.name === name) ?? []);
  // Two names with one id: at most one of them is right.
  const droplets = named.filter(({ id }, at) => named.findIndex((droplet) => droplet.id === id) === at);
  if (droplets.length === names.length) return droplets;
  const unnamed = names.filter((name) => !droplets.some((droplet) => droplet.name === name));
  throw new Ambiguous(`POST /v2/droplets: DigitalOcean's response does not say what happened to ${compact(unnamed)}`, {
    droplets,
    hint: 'run the same command again',
  });
}

function readable(answer: unknown, onSkipped: OnSkipped): readonly Droplet[] {
  try {
    return pageOf('droplets', items.droplet, { answer, onSkipped }).items;
  } catch (error) {
    onSkipped(messageOf(error));
    return [];
  }
}

function wrapped(send: Transport): DoWrapper.default {
  // do-wrapper's own helper never sends: belt's transport holds the token.
  const wrapper = new DoWrapper.default('', PAGE_SIZE);
  const shared = (wrapper.account as unknown as { requestHelper: { request: unknown } }).requestHelper;
  shared.request = ({ actionPath, method = 'GET', qs, body }: WrapperRequest) =>
    send({ method, path: `/v2/${actionPath}`, query: qs ?? {}, body });
  return wrapper;
}
