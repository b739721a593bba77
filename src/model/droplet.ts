/** A virtual machine at DigitalOcean. */
export interface Droplet {
  id: number;
  name: string;
  /** `new`, `active`, `off`, `archive`, or another status of DigitalOcean's. */
  status: string;
  memoryMiB: number | undefined;
  vcpus: number | undefined;
  diskGiB: number | undefined;
  /** A slug, as are the region and the image; `unknown` where DigitalOcean does not say. */
  size: string;
  /** USD. */
  priceMonthly: number | undefined;
  region: string;
  image: string;
  publicAddress: string | undefined;
  privateAddress: string | undefined;
  tags: string[];
  vpcUuid: string | undefined;
  /** As DigitalOcean writes it; empty where it does not. */
  createdAt: string;
}

type Addressed = {
  [key in 'publicAddress' | 'privateAddress' | 'status']?: Droplet[key] | undefined;
};

/** Whether it has the address at which it is reached: one that is active with a private address alone gets no other. */
export const hasAddress = (droplet: Addressed): boolean => droplet.publicAddress !== undefined || isPrivate(droplet);

/** Whether it was created without a public address. */
export const isPrivate = ({ publicAddress, privateAddress, status }: Addressed): boolean =>
  publicAddress === undefined && privateAddress !== undefined && status !== 'new';

/** The title over the addresses in a table: a private one is in brackets. */
export const addressTitle = (droplets: readonly Addressed[]): string =>
  droplets.some(isPrivate) ? 'Public (private) IPv4' : 'Public IPv4';

export const addressCell = (droplet: Addressed): string =>
  isPrivate(droplet) ? `(${droplet.privateAddress})` : (droplet.publicAddress ?? '');
