// Droplets: create, list, look at, delete.
import type { Droplet } from '../../account/droplet.ts';
import { createDroplets, deleteDroplet } from '../../account/life.ts';
import { readOrder } from '../../account/order.ts';
import { badRequest, unprocessable } from '../../account/refusals.ts';
import type { Image } from '../../catalogue/images.ts';
import { type Answer, accepted, type Call, found, idParam, ok, type Routes } from '../call.ts';
import { snapshotView } from '../image-views.ts';
import { pageOf } from '../pages.ts';
import { dropletView } from '../views.ts';

export const dropletRoutes: Routes = {
  'GET /v2/droplets': (call) => pageOf(call, 'droplets', wanted(call), dropletView),
  'POST /v2/droplets': create,
  'DELETE /v2/droplets': (call) => {
    for (const droplet of call.account.droplets.withTag(tagQuery(call))) deleteDroplet(call.account, droplet);
  },
  'GET /v2/droplets/{droplet_id}': (call) => ok({ droplet: dropletView(dropletOf(call)) }),
  'DELETE /v2/droplets/{droplet_id}': (call) => deleteDroplet(call.account, dropletOf(call)),
  'GET /v2/droplets/{droplet_id}/snapshots': (call) => pageOf(call, 'snapshots', snapshotsOf(call), snapshotView),
  'GET /v2/droplets/{droplet_id}/neighbors': (call) => {
    dropletOf(call);
    return ok({ droplets: [] });
  },
};

/** The droplet that the path names, or a 404. */
export const dropletOf = (call: Call): Droplet => found(call.account.droplets.get(idParam(call, 'droplet_id')));

export function tagQuery({ query }: Call): string {
  const tag = query.get('tag_name');
  if (!tag) throw badRequest('tag_name is required');
  return tag;
}

function create(call: Call): Answer {
  const order = readOrder(call.account, call.body);
  const actions = createDroplets(call.account, order);
  const views = actions.map(({ droplet }) => dropletView(droplet));
  const links = {
    actions: actions.map(({ id }) => ({ id, rel: 'create', href: `${call.baseUrl}/v2/actions/${id}` })),
  };
  // The shape follows what was asked: `names` gets a list, even of one.
  const several = 'names' in (call.body as object);
  return accepted(several ? { droplets: views, links } : { droplet: views[0], links });
}

function wanted({ account, query }: Call): readonly Droplet[] {
  const tag = query.get('tag_name');
  const name = query.get('name');
  if (tag !== null && name !== null) throw unprocessable('tag_name and name cannot be combined.');
  if (query.get('type') === 'gpus') return [];
  const page = Number(query.get('page') ?? 1);
  return account.lists.of(account.droplets, { tag: tag ?? undefined, name: name ?? undefined, page });
}

function snapshotsOf(call: Call): Image[] {
  const ids = dropletOf(call).snapshotIds;
  return call.account.images.filter(({ id }) => ids.has(id));
}
