// Images, and those of them that are snapshots of the account's droplets.
import { fieldsOf, refuseOthers, textOf } from '../../account/body.ts';
import { forbidden, notFound, unprocessable } from '../../account/refusals.ts';
import type { Image } from '../../catalogue/images.ts';
import { accountSnapshotView, imageView } from '../image-views.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';

export const imageRoutes: Route[] = [
  route('GET /v2/images', (call) => pageOf(call, 'images', wantedImages(call), imageView)),
  route('GET /v2/images/{image_id}', (call) => ({ status: 200, body: { image: imageView(imageOf(call)) } })),
  route('PUT /v2/images/{image_id}', change),
  route('DELETE /v2/images/{image_id}', (call) => {
    const image = imageOf(call);
    if (image.public) throw unprocessable('You cannot delete a public image.');
    call.account.removeImage(image);
    return { status: 204 };
  }),
  route('GET /v2/snapshots', (call) => pageOf(call, 'snapshots', wantedSnapshots(call), accountSnapshotView)),
  route('GET /v2/snapshots/{snapshot_id}', (call) => ({
    status: 200,
    body: { snapshot: accountSnapshotView(snapshotOf(call)) },
  })),
  route('DELETE /v2/snapshots/{snapshot_id}', (call) => {
    call.account.removeImage(snapshotOf(call));
    return { status: 204 };
  }),
];

function change(call: Call): Answer {
  const image = imageOf(call);
  if (image.public) throw forbidden();
  const fields = fieldsOf(call.body);
  refuseOthers(fields, ['name', 'description', 'distribution']);
  image.name = textOf(fields, 'name') ?? image.name;
  image.description = textOf(fields, 'description') ?? image.description;
  image.distribution = textOf(fields, 'distribution') ?? image.distribution;
  return { status: 200, body: { image: imageView(image) } };
}

function wantedImages({ account, query }: Call): readonly Image[] {
  const type = query.get('type');
  if (query.get('private') === 'true') return account.images.filter((image) => !image.public);
  if (type === 'application' || type === 'distribution') {
    return account.images.filter((image) => image.public && image.application === (type === 'application'));
  }
  // No image carries a tag.
  return query.has('tag_name') ? [] : account.images;
}

/** By id or, for public ones, by slug. */
function imageOf({ account, params }: Call): Image {
  const image = account.findImage(params['image_id'] ?? '');
  if (!image) throw notFound();
  return image;
}

const snapshotsOf = ({ account }: Call): Image[] => account.images.filter(({ dropletId }) => dropletId !== undefined);

/** The sandbox has no volumes, and so no snapshots of them. */
function wantedSnapshots(call: Call): Image[] {
  return call.query.get('resource_type') === 'volume' ? [] : snapshotsOf(call);
}

function snapshotOf(call: Call): Image {
  const snapshot = snapshotsOf(call).find(({ id }) => String(id) === call.params['snapshot_id']);
  if (!snapshot) throw notFound();
  return snapshot;
}
