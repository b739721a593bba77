// DigitalOcean as belt uses it: do-wrapper is the map of the API, belt's transport carries it, zod checks what comes back.
import DoWrapper from 'do-wrapper';
import { checked, pages, unlessMissing } from './answers.ts';
import { type Networks, networks } from './networks.ts';
import { PAGE_SIZE } from './paging.ts';
import { type Account, type AccountKey, answers, type Droplet, type Image, type Region, type Size } from './schemas.ts';
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
  ipv6?: boolean | undefined;
  monitoring?: boolean | undefined;
  backups?: boolean | undefined;
}

export interface Cloud extends Networks {
  /** The account that the token is of. */
  account(): Promise<Account>;
  /** How many droplets the account has. */
  dropletCount(): Promise<number>;
  /** Every droplet of the account, or those with a tag. */
  droplets(filter?: { tag?: string; name?: string }): Promise<Droplet[]>;
  /** One droplet; undefined when there is none of this id. */
  droplet(id: number): Promise<Droplet | undefined>;
  createDroplets(request: CreateRequest): Promise<Droplet[]>;
  /** Deletes a droplet; one that is gone already counts as deleted. */
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

/** do-wrapper's request options, as its modules hand them to the helper that belt replaces. */
interface WrapperRequest {
  actionPath: string;
  method?: ApiRequest['method'];
  qs?: ApiRequest['query'];
  body?: unknown;
}

/** The client; every answer is checked and every failure is one of cloud/errors.ts. */
export function cloud(send: Transport): Cloud {
  const wrapper = wrapped(send);
  return {
    account: async () => checked(answers.account, await wrapper.account.get(), 'account').account,
    dropletCount: async () =>
      checked(answers.droplets, await wrapper.droplets.getAll(NO_TAG, false, 1, 1), 'droplets').meta.total,
    droplets: ({ tag, name } = {}) =>
      pages('droplets', answers.droplets, (page) =>
        name === undefined
          ? wrapper.droplets.getAll(tag ?? NO_TAG, false, page, PAGE_SIZE)
          : send({ method: 'GET', path: '/v2/droplets', query: { name, per_page: PAGE_SIZE, page } }),
      ),
    droplet: async (id) => {
      const answer = await unlessMissing(wrapper.droplets.getById(String(id)));
      return answer && checked(answers.droplet, answer, 'droplet').droplet;
    },
    createDroplets: async (request) =>
      checked(answers.created, await wrapper.droplets.create(request as never), 'droplets').droplets,
    deleteDroplet: async (id) => {
      await unlessMissing(wrapper.droplets.deleteById(String(id)));
    },
    sizes: () => pages('sizes', answers.sizes, (page) => wrapper.sizes.get(NO_TAG, false, page, PAGE_SIZE)),
    regions: () => pages('regions', answers.regions, (page) => wrapper.regions.getAll(NO_TAG, false, page, PAGE_SIZE)),
    image: async (ref) => {
      const answer = await unlessMissing(wrapper.images.getByIdOrSlug(ref));
      return answer && checked(answers.image, answer, 'image').image;
    },
    images: () => pages('images', answers.images, (page) => wrapper.images.getAll(NO_TAG, false, page, PAGE_SIZE)),
    keys: () => pages('ssh_keys', answers.keys, (page) => wrapper.keys.getAll(NO_TAG, false, page, PAGE_SIZE)),
    addKey: async (name, public_key) =>
      checked(answers.key, await wrapper.keys.add({ name, public_key }), 'ssh_key').ssh_key,
    ...networks(send),
  };
}

function wrapped(send: Transport): DoWrapper.default {
  // do-wrapper's own helper never sends: belt's transport holds the token.
  const wrapper = new DoWrapper.default('', PAGE_SIZE);
  const shared = (wrapper.account as unknown as { requestHelper: { request: unknown } }).requestHelper;
  shared.request = ({ actionPath, method = 'GET', qs, body }: WrapperRequest) =>
    send({ method, path: `/v2/${actionPath}`, query: qs ?? {}, body });
  return wrapper;
}
