// Droplets: create, list, look at, delete.
import type { Droplet } from '../../account/droplet.ts';
import { createDroplets, deleteDroplet } from '../../account/life.ts';
import { readOrder } from '../../account/order.ts';
import { badRequest, notFound, unprocessable } from '../../account/refusals.ts';
import type { Image } from '../../catalogue/images.ts';
import { snapshotView } from '../image-views.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, idParam, type Route, route } from '../router.ts';
import { dropletView } from '../views.ts';

export const dropletRoutes: Route[] = [
  route('GET /v2/droplets', (call) => pageOf(call, 'droplets', wanted(call), dropletView)),
  route('POST /v2/droplets', create),
  route('DELETE /v2/droplets', (call) => {
    const tag = tagQuery(call);
    for (const droplet of [...call.account.droplets.withTag(tag)]) deleteDroplet(call.account, droplet);
    return { status: 204 };
  }),
  route('GET /v2/droplets/{droplet_id}', (call) => ({ status: 200, body: { droplet: dropletView(dropletOf(call)) } })),
  route('DELETE /v2/droplets/{droplet_id}', (call) => {
    deleteDroplet(call.account, dropletOf(call));
    return { status: 204 };
  }),
  route('GET /v2/droplets/{droplet_id}/snapshots', (call) =>
    pageOf(call, 'snapshots', snapshotsOf(call), snapshotView),
  ),
  route('GET /v2/droplets/{droplet_id}/neighbors', (call) => {
    dropletOf(call);
    return { status: 200, body: { droplets: [] } };
  }),
];

/** The droplet that the path names, or a 404. */
export function dropletOf(call: Call): Droplet {
  const droplet = call.account.droplets.get(idParam(call, 'droplet_id'));
  if (!droplet) throw notFound();
  return droplet;
}

/** The tag that the query has to name. */
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
  return { status: 202, body: several ? { droplets: views, links } : { droplet: views[0], links } };
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
