// Every route of the API.
import type { Route } from '../router.ts';
import { actionRoutes } from './actions.ts';
import { catalogueRoutes } from './catalogue.ts';
import { dropletRoutes } from './droplets.ts';
import { firewallRoutes } from './firewalls.ts';
import { keyRoutes } from './keys.ts';
import { tagRoutes } from './tags.ts';
import { vpcRoutes } from './vpcs.ts';

export const ROUTES: readonly Route[] = [
  ...keyRoutes,
  ...catalogueRoutes,
  ...dropletRoutes,
  ...actionRoutes,
  ...tagRoutes,
  ...vpcRoutes,
  ...firewallRoutes,
];
