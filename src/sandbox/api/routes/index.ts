// Every route of the API.
import type { Route } from '../router.ts';
import { accountRoutes } from './account.ts';
import { actionRoutes } from './actions.ts';
import { catalogueRoutes } from './catalogue.ts';
import { dropletRoutes } from './droplets.ts';
import { firewallRoutes } from './firewalls.ts';
import { imageRoutes } from './images.ts';
import { keyRoutes } from './keys.ts';
import { natGatewayRoutes } from './nat-gateways.ts';
import { registryRoutes } from './registries.ts';
import { tagRoutes } from './tags.ts';
import { vpcRoutes } from './vpcs.ts';

export const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...keyRoutes,
  ...catalogueRoutes,
  ...imageRoutes,
  ...dropletRoutes,
  ...actionRoutes,
  ...tagRoutes,
  ...vpcRoutes,
  ...natGatewayRoutes,
  ...registryRoutes,
  ...firewallRoutes,
];
