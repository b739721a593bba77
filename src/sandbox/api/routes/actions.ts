// Actions on droplets, one by one or by tag.
import type { Action } from '../../account/actions.ts';
import { fieldsOf } from '../../account/body.ts';
import { operate, operateByTag } from '../../account/operations.ts';
import { type Answer, type Call, created, found, idParam, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { actionView } from '../views.ts';
import { dropletOf, tagQuery } from './droplets.ts';

export const actionRoutes: Routes = {
  'GET /v2/actions': (call) => newestFirst(call, call.account.actions.list()),
  'GET /v2/actions/{action_id}': (call) => ok({ action: actionView(actionOf(call)) }),
  'GET /v2/droplets/{droplet_id}/actions': (call) =>
    newestFirst(call, call.account.actions.ofDroplet(dropletOf(call).id)),
  'GET /v2/droplets/{droplet_id}/actions/{action_id}': (call) => {
    const action = actionOf(call);
    return ok({ action: actionView(found(action.droplet === dropletOf(call) ? action : undefined)) });
  },
  'POST /v2/droplets/{droplet_id}/actions': (call) =>
    created({ action: actionView(operate(call.account, dropletOf(call), fieldsOf(call.body))) }),
  'POST /v2/droplets/actions': (call) => {
    const droplets = call.account.droplets.withTag(tagQuery(call));
    return created({ actions: operateByTag(call.account, droplets, fieldsOf(call.body)).map(actionView) });
  },
};

const newestFirst = (call: Call, actions: readonly Action[]): Answer =>
  pageOf(call, 'actions', actions.toReversed(), actionView);

const actionOf = (call: Call): Action => found(call.account.actions.get(idParam(call, 'action_id')));
