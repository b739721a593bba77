// Validates POST /v2/droplets as DigitalOcean does, with its error messages.
import type { Image } from '../catalogue/images.ts';
import { findRegion, REGIONS, type Region } from '../catalogue/regions.ts';
import { findSize, type Size } from '../catalogue/sizes.ts';
import type { Account } from './account.ts';
import { capacity } from './addresses.ts';
import { type Fields, fieldsOf, identifierOf, listOf, refuseOthers, textOf } from './body.ts';
import type { DropletOrder } from './droplet.ts';
import { needed, overDropletLimit, unprocessable } from './refusals.ts';
import { checkTagName } from './tags.ts';
import type { Vpc } from './vpcs.ts';

const NAME = /^[a-zA-Z0-9]?[a-z0-9A-Z.-]*[a-z0-9A-Z]$/;
const MOST_NAMES = 10;
const MOST_USER_DATA = 64 * 1024;

/** Every droplet has a VPC, so `private_networking` of older clients changes nothing. */
const PLAYED = [
  ...['name', 'names', 'size', 'region', 'image', 'ssh_keys', 'tags', 'user_data', 'vpc_uuid', 'private_networking'],
  ...['backups', 'ipv6', 'monitoring', 'with_droplet_agent', 'public_networking'],
];

/** Reads the body; throws a Refusal that names the first thing that is wrong. */
export function readOrder(account: Account, body: unknown): DropletOrder {
  const fields = fieldsOf(body);
  refuseOthers(fields, PLAYED);
  const names = readNames(fields);
  const size = needed(findSize(textOf(fields, 'size') ?? ''), 'You specified an invalid size for Droplet creation.');
  const region = readRegion(fields, size);
  const image = readImage(account, fields, size, region);
  const order: DropletOrder = {
    names,
    size,
    region,
    image,
    vpc: readVpc(account, fields, region),
    tags: listOf(fields, 'tags').map(checkTagName),
    features: readFeatures(fields),
    publicNetworking: readPublic(fields),
    authorizedKeys: readKeys(account, fields),
    userData: readUserData(fields),
  };
  checkRoom(account, order);
  return order;
}

export function checkName(name: unknown): string {
  if (typeof name !== 'string' || name.length > 255 || !NAME.test(name)) {
    throw unprocessable('Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)');
  }
  return name;
}

function readNames(fields: Fields): string[] {
  if (fields['names'] === undefined) return [checkName(fields['name'])];
  const names = listOf(fields, 'names').map(checkName);
  if (names.length === 0) throw unprocessable("Names can't be blank");
  if (names.length > MOST_NAMES) throw unprocessable(`You can only create up to ${MOST_NAMES} Droplets at a time.`);
  return names;
}

function readRegion(fields: Fields, size: Size): Region {
  const slug = textOf(fields, 'region') ?? '';
  const found = slug === '' ? REGIONS.find(({ slug }) => size.regions.includes(slug)) : findRegion(slug);
  const region = needed(found, 'You specified an invalid region for Droplet creation.');
  if (!size.regions.includes(region.slug)) throw unprocessable('Size is not available in this region.');
  return region;
}

function readImage(account: Account, fields: Fields, size: Size, region: Region): Image {
  const found = account.findImage(identifierOf(fields['image']) ?? '');
  const image = needed(found, 'You specified an invalid image for Droplet creation.');
  if (!image.public && !image.regions.includes(region.slug)) {
    throw unprocessable('The image you specified is not available in the selected region.');
  }
  if (image.minDiskSize > size.disk) throw unprocessable('This size is not available because it has a smaller disk.');
  return image;
}

function readVpc(account: Account, fields: Fields, region: Region): Vpc {
  const id = fields['vpc_uuid'];
  if (id === undefined || id === null || id === '') return account.vpcs.ofRegion(region, account.timers.now());
  const vpc = needed(account.vpcs.get(String(id)), 'You specified an invalid VPC for Droplet creation.');
  if (vpc.region !== region) throw unprocessable('The VPC must be in the same region as the Droplet.');
  return vpc;
}

function readKeys(account: Account, fields: Fields): string[] {
  const now = account.timers.now();
  return listOf(fields, 'ssh_keys').map((value) => {
    const key = account.keys.find(identifierOf(value) ?? '');
    // A key that was added a moment ago is not known everywhere yet.
    if (!key || now < key.addedAt + account.faults.keyLateMs) {
      throw unprocessable(`${value} are invalid key identifiers for Droplet creation.`);
    }
    return key.publicKey;
  });
}

function readFeatures(fields: Fields): string[] {
  const wanted = ['monitoring', 'backups', 'ipv6'].filter((feature) => fields[feature] === true);
  const agent = fields['with_droplet_agent'] === false ? [] : ['droplet_agent'];
  return [...agent, ...wanted, 'private_networking'];
}

function readPublic(fields: Fields): boolean {
  const isPublic = fields['public_networking'] !== false;
  if (!isPublic && fields['ipv6'] === true) throw unprocessable('IPv6 cannot be enabled without public networking.');
  return isPublic;
}

function readUserData(fields: Fields): string | undefined {
  const userData = textOf(fields, 'user_data');
  if (userData !== undefined && Buffer.byteLength(userData) > MOST_USER_DATA) {
    throw unprocessable('User data is too long (maximum is 64 KiB)');
  }
  return userData;
}

function checkRoom(account: Account, order: DropletOrder): void {
  if (account.droplets.list().length + order.names.length > account.dropletLimit) throw overDropletLimit();
  if (order.names.length > capacity(order.vpc.cidr)) {
    throw unprocessable('The VPC does not have enough free addresses.');
  }
}
