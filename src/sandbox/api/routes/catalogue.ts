// Regions and sizes.
import { REGIONS } from '../../catalogue/regions.ts';
import { SIZES } from '../../catalogue/sizes.ts';
import { pageOf } from '../pages.ts';
import { type Route, route } from '../router.ts';
import { regionView, sizeView } from '../views.ts';

export const catalogueRoutes: Route[] = [
  route('GET /v2/regions', (call) => pageOf(call, 'regions', REGIONS, regionView)),
  route('GET /v2/sizes', (call) => pageOf(call, 'sizes', SIZES, sizeView)),
];
