// The life cycle of a droplet: requested, booting, active, deleted.
import { between, seededRandom } from '../random.ts';
import type { HostEvents, Machine } from '../types.ts';
import type { Account } from './account.ts';
import { type Action, endAction } from './actions.ts';
import type { Droplet, DropletOrder } from './droplet.ts';
import { changing, tellNewHost } from './firewalls/changes.ts';
import { workOnHost } from './host-work.ts';
import { drawBootTimes, drawDeletionMs, drawTimeline } from './timeline.ts';
import { giveBackAddress, takeAddress } from './vpcs.ts';

/** The first droplet's id in the book. */
const FIRST_ID = 18_511_681;

/** Creates a droplet for each name; the answer has each one's create action. */
export function createDroplets(account: Account, order: DropletOrder): Action[] {
  const droplets = changing(account, () => order.names.map((name) => makeDroplet(account, order, name)));
  return droplets.map((droplet) => {
    const action = account.actions.begin('create', droplet, account.timers.now());
    scheduleBoot(account, droplet, action);
    return action;
  });
}

/** Creates droplets that are already active and have no host: nothing answers at their addresses. */
export function preloadDroplets(account: Account, order: DropletOrder): void {
  for (const name of order.names) {
    const droplet = makeDroplet(account, order, name, { listedAt: Number.NEGATIVE_INFINITY });
    droplet.status = 'active';
    droplet.locked = false;
    droplet.addressAt = droplet.createdAt;
    droplet.activeAt = droplet.createdAt;
  }
}

/** Starts the deletion: the droplet still shows for a moment, then it and its host are gone. */
export function deleteDroplet(account: Account, droplet: Droplet): void {
  if (droplet.deleting) return;
  droplet.deleting = true;
  droplet.locked = true;
  account.actions.begin('destroy', droplet, account.timers.now());
  account.timers.after(drawDeletionMs(droplet.random, account.meanBootMs), () => {
    for (const action of account.actions.ofDroplet(droplet.id)) {
      if (action.status === 'in-progress') endAction(action, 'completed', account.timers.now());
    }
    removeDroplet(account, droplet);
  });
}

export function bootHost(account: Account, droplet: Droplet): void {
  const boot = drawBootTimes(droplet.random, account.meanBootMs);
  workOnHost(account, droplet, async () => {
    await droplet.host?.destroy();
    droplet.host = undefined;
    if (!exists(account, droplet)) return;
    droplet.host = await account.hosts.create(machineOf(droplet), droplet.faults.host, eventsOf(account, droplet));
    await tellNewHost(account, droplet, droplet.host);
    await droplet.host.powerOn(boot);
  });
}

function makeDroplet(
  account: Account,
  order: DropletOrder,
  name: string,
  { listedAt = account.timers.now() }: { listedAt?: number } = {},
): Droplet {
  const ordinal = account.droplets.added;
  const addressOrdinal = order.publicNetworking ? account.takeAddressOrdinal() : undefined;
  const droplet: Droplet = {
    id: FIRST_ID + ordinal,
    ordinal,
    name,
    status: 'new',
    locked: true,
    createdAt: account.timers.now(),
    listedAt,
    removedAt: undefined,
    addressAt: undefined,
    activeAt: undefined,
    size: order.size,
    disk: order.size.disk,
    region: order.region,
    image: order.image,
    tags: new Set(order.tags.map((tag) => account.tags.add(tag))),
    vpc: order.vpc,
    addressOrdinal,
    publicAddress: addressOrdinal === undefined ? '' : account.hosts.addresses.publicAddress(addressOrdinal),
    privateAddress: takeAddress(order.vpc),
    features: new Set(order.features),
    snapshotIds: new Set(),
    authorizedKeys: order.authorizedKeys,
    userData: order.userData,
    faults: account.faults.forDroplet(name),
    random: seededRandom(account.options.seed, 'droplet', ordinal),
    host: undefined,
    hostWork: Promise.resolve(),
    deleting: false,
  };
  account.droplets.add(droplet);
  return droplet;
}

function scheduleBoot(account: Account, droplet: Droplet, action: Action): void {
  const { timers } = account;
  const { addressMs, activeMs } = drawTimeline(droplet.random, account.meanBootMs);
  if (droplet.faults.errored) {
    timers.after(activeMs / 2, () => {
      endAction(action, 'errored', timers.now());
      removeDroplet(account, droplet);
    });
    return;
  }
  const withoutMs = droplet.faults.noAddress
    ? activeMs + Math.max(100, between(droplet.random, 1, 2) * account.meanBootMs)
    : addressMs;
  timers.after(withoutMs, () => {
    droplet.addressAt = timers.now();
  });
  timers.after(activeMs, () => activate(account, droplet, action));
}

function activate(account: Account, droplet: Droplet, action: Action): void {
  if (droplet.deleting) return;
  droplet.status = 'active';
  droplet.locked = false;
  droplet.activeAt = account.timers.now();
  endAction(action, 'completed', droplet.activeAt);
  bootHost(account, droplet);
}

function removeDroplet(account: Account, droplet: Droplet): void {
  changing(account, () => {
    account.droplets.remove(droplet);
    account.firewalls.forgetDroplet(droplet.id);
  });
  account.lists.removed(droplet);
  workOnHost(account, droplet, async () => {
    await droplet.host?.destroy();
    droplet.host = undefined;
    if (droplet.addressOrdinal !== undefined) account.giveBackAddress(droplet.addressOrdinal);
    giveBackAddress(droplet.vpc, droplet.privateAddress);
  });
}

/** A droplet that was powered off from within also becomes `off` in the account, unless an action is about to set its status. */
const eventsOf = (account: Account, droplet: Droplet): HostEvents => ({
  poweredOff: () => {
    if (!droplet.locked) droplet.status = 'off';
    account.log(`${droplet.name} (${droplet.id}): powered off from within`);
  },
});

const exists = (account: Account, droplet: Droplet): boolean => account.droplets.get(droplet.id) === droplet;

function machineOf(droplet: Droplet): Machine {
  return {
    id: droplet.id,
    name: droplet.name,
    publicAddress: droplet.publicAddress,
    privateAddress: droplet.privateAddress,
    region: droplet.region.slug,
    vpcUuid: droplet.vpc.id,
    vpcRange: droplet.vpc.ipRange,
    memoryMiB: droplet.size.memory,
    vcpus: droplet.size.vcpus,
    diskGiB: droplet.disk,
    image: droplet.image.slug ?? String(droplet.image.id),
    hasEngine: droplet.image.hasEngine,
    authorizedKeys: droplet.authorizedKeys,
    userData: droplet.userData,
    tags: () => [...droplet.tags],
  };
}
