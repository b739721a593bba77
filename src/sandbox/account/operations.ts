// What can be done to a droplet that exists (POST …/actions).
import { snapshotImage } from '../catalogue/images.ts';
import { findSize } from '../catalogue/sizes.ts';
import type { Account } from './account.ts';
import { type Action, endAction } from './actions.ts';
import { type Fields, identifierOf, refuseOthers, textOf } from './body.ts';
import type { Droplet } from './droplet.ts';
import { workOnHost } from './host-work.ts';
import { bootHost } from './life.ts';
import { checkName } from './order.ts';
import { needed, notPlayed, pendingEvent, unprocessable } from './refusals.ts';
import { drawActionMs, drawBootTimes } from './timeline.ts';

/** What happens when the action begins and when it ends. */
interface Steps {
  begin?: () => void;
  /** The action is in progress until its result settles; a rejection means that it failed. */
  end?: () => Promise<void> | void;
}

/** Checks the request and returns its steps; throws a Refusal. */
type Operation = (account: Account, droplet: Droplet, fields: Fields) => Steps;

const OPERATIONS: Record<string, Operation> = {
  power_on: (account, droplet) => ({ end: () => switchOn(account, droplet) }),
  power_off: (account, droplet) => ({ end: () => switchOff(account, droplet, { gently: false }) }),
  shutdown: (account, droplet) => ({ end: () => switchOff(account, droplet, { gently: true }) }),
  reboot: (account, droplet) => restart(account, droplet, { gently: true }),
  power_cycle: (account, droplet) => restart(account, droplet, { gently: false }),
  rename: (_account, droplet, fields) => {
    const name = checkName(fields['name']);
    return { end: () => void Object.assign(droplet, { name }) };
  },
  rebuild,
  restore: rebuild,
  resize,
  snapshot,
  enable_ipv6: (_account, droplet) => ({ end: () => void droplet.features.add('ipv6') }),
  enable_backups: (_account, droplet) => ({ end: () => void droplet.features.add('backups') }),
  disable_backups: (_account, droplet) => ({ end: () => void droplet.features.delete('backups') }),
  password_reset: () => ({}),
};

/** DigitalOcean's others. */
const NOT_PLAYED = ['change_kernel', 'change_backup_policy'];

/** Those that can be requested for all droplets with a tag at once. */
const BY_TAG = new Set([
  'power_cycle',
  'power_on',
  'power_off',
  'shutdown',
  'enable_ipv6',
  'enable_backups',
  'disable_backups',
  'snapshot',
]);

export function operate(account: Account, droplet: Droplet, fields: Fields): Action {
  const type = textOf(fields, 'type') ?? '';
  refuseOthers(fields, ['type', 'name', 'image', 'size', 'disk']);
  if (NOT_PLAYED.includes(type)) throw notPlayed(`the action ${type}`);
  const operation = Object.hasOwn(OPERATIONS, type) ? OPERATIONS[type] : undefined;
  if (!operation) throw unprocessable('You specified an invalid action type.');
  if (droplet.locked) throw pendingEvent();
  const steps = operation(account, droplet, fields);
  const action = account.actions.begin(type, droplet, account.timers.now());
  droplet.locked = true;
  steps.begin?.();
  account.timers.after(drawActionMs(droplet.random, account.meanBootMs), () => {
    if (droplet.deleting) return;
    const complete = (isWell = true) => {
      droplet.locked = false;
      endAction(action, isWell ? 'completed' : 'errored', account.timers.now());
    };
    const ending = steps.end?.();
    if (ending === undefined) complete();
    else
      void ending.then(
        () => complete(),
        () => complete(false),
      );
  });
  return action;
}

/** Starts an action on each of the droplets; locked ones are skipped. */
export function operateByTag(account: Account, droplets: readonly Droplet[], fields: Fields): Action[] {
  if (!BY_TAG.has(textOf(fields, 'type') ?? '')) throw unprocessable('You specified an invalid action type.');
  return droplets.filter(({ locked }) => !locked).map((droplet) => operate(account, droplet, fields));
}

function switchOn(account: Account, droplet: Droplet): void {
  if (droplet.status !== 'active') {
    droplet.status = 'active';
    const boot = drawBootTimes(droplet.random, account.meanBootMs);
    workOnHost(account, droplet, async () => droplet.host?.powerOn(boot));
  }
}

/** Graceful: through its system. Otherwise the power is cut. */
interface Ending {
  gently: boolean;
}

function switchOff(account: Account, droplet: Droplet, ending: Ending): void {
  if (droplet.status === 'active') {
    droplet.status = 'off';
    endHost(account, droplet, ending);
  }
}

function endHost(account: Account, droplet: Droplet, { gently }: Ending): void {
  workOnHost(account, droplet, async () => (gently ? droplet.host?.shutdown() : droplet.host?.powerOff()));
}

/** The host is down while the action lasts. The status says `active` all along, as DigitalOcean's does. */
const restart = (account: Account, droplet: Droplet, ending: Ending): Steps => ({
  begin: () => endHost(account, droplet, ending),
  end: () => {
    droplet.status = 'off';
    switchOn(account, droplet);
  },
});

function rebuild(account: Account, droplet: Droplet, fields: Fields): Steps {
  const found = account.findImage(identifierOf(fields['image']) ?? '');
  const image = needed(found, 'You specified an invalid image for Droplet rebuild.');
  return {
    begin: () => endHost(account, droplet, { gently: false }),
    end: () => {
      droplet.image = image;
      droplet.status = 'active';
      bootHost(account, droplet);
    },
  };
}

function resize(_account: Account, droplet: Droplet, fields: Fields): Steps {
  const size = needed(findSize(textOf(fields, 'size') ?? ''), 'You specified an invalid size for Droplet resize.');
  if (droplet.status !== 'off') throw unprocessable('Droplet must be powered off to resize.');
  if (size.disk < droplet.disk) throw unprocessable('This size is not available because it has a smaller disk.');
  return {
    end: () => {
      droplet.size = size;
      droplet.disk = fields['disk'] === true ? size.disk : droplet.disk;
    },
  };
}

function snapshot(account: Account, droplet: Droplet, fields: Fields): Steps {
  const createdAt = `${new Date(account.timers.now()).toISOString().slice(0, 19)}Z`;
  const name = textOf(fields, 'name') ?? `${droplet.name}-${createdAt}`;
  const id = account.takeImageId();
  return {
    end: () => {
      const { host } = droplet;
      const add = () => addSnapshot(account, droplet, { id, name, createdAt });
      if (host?.snapshot === undefined) return add();
      return workOnHost(account, droplet, async () => host.snapshot?.(String(id))).then((isKept) => {
        if (!isKept) throw new Error('the disk was not kept');
        add();
      });
    },
  };
}

function addSnapshot(account: Account, droplet: Droplet, about: { id: number; name: string; createdAt: string }): void {
  const { id, name, createdAt } = about;
  const { hasEngine, distribution } = droplet.image;
  account.addImage(
    snapshotImage(id, name, {
      hasEngine,
      distribution,
      regions: [droplet.region.slug],
      createdAt,
      minDiskSize: droplet.disk,
      dropletId: droplet.id,
    }),
  );
  droplet.snapshotIds.add(id);
}
