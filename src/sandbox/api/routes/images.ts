// Images, and those of them that are snapshots of the account's droplets.
import { fieldsOf, refuseOthers, textOf } from '../../account/body.ts';
import { forbidden, unprocessable } from '../../account/refusals.ts';
import type { Image } from '../../catalogue/images.ts';
import { type Answer, type Call, found, ok, type Routes } from '../call.ts';
import { accountSnapshotView, imageView } from '../image-views.ts';
import { pageOf } from '../pages.ts';

export const imageRoutes: Routes = {
  'GET /v2/images': (call) => pageOf(call, 'images', wantedImages(call), imageView),
  'GET /v2/images/{image_id}': (call) => ok({ image: imageView(imageOf(call)) }),
  'PUT /v2/images/{image_id}': change,
  'DELETE /v2/images/{image_id}': (call) => {
    const image = imageOf(call);
    if (image.public) throw unprocessable('You cannot delete a public image.');
    call.account.removeImage(image);
  },
  'GET /v2/snapshots': (call) => pageOf(call, 'snapshots', wantedSnapshots(call), accountSnapshotView),
  'GET /v2/snapshots/{snapshot_id}': (call) => ok({ snapshot: accountSnapshotView(snapshotOf(call)) }),
  'DELETE /v2/snapshots/{snapshot_id}': (call) => call.account.removeImage(snapshotOf(call)),
};

function change(call: Call): Answer {
  const image = imageOf(call);
  if (image.public) throw forbidden();
  const fields = fieldsOf(call.body);
  refuseOthers(fields, ['name', 'description', 'distribution']);
  image.name = textOf(fields, 'name') ?? image.name;
  image.description = textOf(fields, 'description') ?? image.description;
  image.distribution = textOf(fields, 'distribution') ?? image.distribution;
  return ok({ image: imageView(image) });
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
const imageOf = ({ account, params }: Call): Image => found(account.findImage(params['image_id'] ?? ''));

const snapshotsOf = ({ account }: Call): Image[] => account.images.filter(({ dropletId }) => dropletId !== undefined);

/** The sandbox has no volumes, and so no snapshots of them. */
const wantedSnapshots = (call: Call): Image[] =>
  call.query.get('resource_type') === 'volume' ? [] : snapshotsOf(call);

const snapshotOf = (call: Call): Image =>
  found(snapshotsOf(call).find(({ id }) => String(id) === call.params['snapshot_id']));
