// Regions, sizes and images.
import { notFound, unprocessable } from '../../account/refusals.ts';
import type { Image } from '../../catalogue/images.ts';
import { REGIONS } from '../../catalogue/regions.ts';
import { SIZES } from '../../catalogue/sizes.ts';
import { pageOf } from '../pages.ts';
import { type Call, type Route, route } from '../router.ts';
import { imageView, regionView, sizeView } from '../views.ts';

export const catalogueRoutes: Route[] = [
  route('GET /v2/regions', (call) => pageOf(call, 'regions', REGIONS, regionView)),
  route('GET /v2/sizes', (call) => pageOf(call, 'sizes', SIZES, sizeView)),
  route('GET /v2/images', (call) => pageOf(call, 'images', wantedImages(call), imageView)),
  route('GET /v2/images/{image_id}', (call) => ({ status: 200, body: { image: imageView(imageOf(call)) } })),
  route('DELETE /v2/images/{image_id}', (call) => {
    const image = imageOf(call);
    if (image.public) {
      throw unprocessable('You cannot delete a public image.');
    }
    call.account.removeImage(image);
    return { status: 204 };
  }),
];

function wantedImages({ account, query }: Call): readonly Image[] {
  const type = query.get('type');
  if (query.get('private') === 'true') {
    return account.images.filter((image) => !image.public);
  }
  if (type === 'application' || type === 'distribution') {
    return account.images.filter((image) => image.public && image.application === (type === 'application'));
  }
  // No image carries a tag.
  return query.has('tag_name') ? [] : account.images;
}

/** By id or, for public ones, by slug. */
function imageOf({ account, params }: Call): Image {
  const image = account.findImage(params['image_id'] ?? '');
  if (!image) {
    throw notFound();
  }
  return image;
}
