// Every route of the API.
import { REGIONS } from '../../catalogue/regions.ts';
import { SIZES } from '../../catalogue/sizes.ts';
import type { Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { regionView, sizeView } from '../views.ts';
import { accountRoutes } from './account.ts';
import { actionRoutes } from './actions.ts';
import { dropletRoutes } from './droplets.ts';
import { firewallRoutes } from './firewalls.ts';
import { imageRoutes } from './images.ts';
import { keyRoutes } from './keys.ts';
import { natGatewayRoutes } from './nat-gateways.ts';
import { registryRoutes } from './registries.ts';
import { tagRoutes } from './tags.ts';
import { vpcRoutes } from './vpcs.ts';

export const ROUTES: Routes = {
  'GET /v2/regions': (call) => pageOf(call, 'regions', REGIONS, regionView),
  'GET /v2/sizes': (call) => pageOf(call, 'sizes', SIZES, sizeView),
  ...accountRoutes,
  ...keyRoutes,
  ...imageRoutes,
  ...dropletRoutes,
  ...actionRoutes,
  ...tagRoutes,
  ...vpcRoutes,
  ...natGatewayRoutes,
  ...registryRoutes,
  ...firewallRoutes,
};
