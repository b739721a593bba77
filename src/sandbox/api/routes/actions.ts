// Actions on droplets, one by one or by tag.
import type { Action } from '../../account/actions.ts';
import { fieldsOf } from '../../account/body.ts';
import { operate, operateByTag } from '../../account/operations.ts';
import { notFound } from '../../account/refusals.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, idParam, type Route, route } from '../router.ts';
import { actionView } from '../views.ts';
import { dropletOf, tagQuery } from './droplets.ts';

export const actionRoutes: Route[] = [
  route('GET /v2/actions', (call) => newestFirst(call, call.account.actions.list())),
  route('GET /v2/actions/{action_id}', (call) => one(call.account.actions.get(idParam(call, 'action_id')))),
  route('GET /v2/droplets/{droplet_id}/actions', (call) =>
    newestFirst(call, call.account.actions.ofDroplet(dropletOf(call).id)),
  ),
  route('GET /v2/droplets/{droplet_id}/actions/{action_id}', (call) => {
    const action = call.account.actions.get(idParam(call, 'action_id'));
    return one(action?.droplet === dropletOf(call) ? action : undefined);
  }),
  route('POST /v2/droplets/{droplet_id}/actions', (call) => ({
    status: 201,
    body: { action: actionView(operate(call.account, dropletOf(call), fieldsOf(call.body))) },
  })),
  route('POST /v2/droplets/actions', (call) => {
    const droplets = call.account.droplets.withTag(tagQuery(call));
    return {
      status: 201,
      body: { actions: operateByTag(call.account, droplets, fieldsOf(call.body)).map(actionView) },
    };
  }),
];

function newestFirst(call: Call, actions: readonly Action[]): Answer {
  return pageOf(call, 'actions', actions.toReversed(), actionView);
}

function one(action: Action | undefined): Answer {
  if (!action) throw notFound();
  return { status: 200, body: { action: actionView(action) } };
}
