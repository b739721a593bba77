// Tags, and what carries them.
import { fieldsOf, listOf } from '../../account/body.ts';
import type { Droplet } from '../../account/droplet.ts';
import { notFound, unprocessable } from '../../account/refusals.ts';
import { isTagName, removeTag, tagDroplets, untagDroplets } from '../../account/tags.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { tagView } from '../views.ts';

export const tagRoutes: Route[] = [
  route('GET /v2/tags', (call) => pageOf(call, 'tags', [...call.account.tags], (name) => view(call, name))),
  route('POST /v2/tags', create),
  route('GET /v2/tags/{tag_id}', (call) => ({ status: 200, body: { tag: view(call, tagOf(call)) } })),
  route('DELETE /v2/tags/{tag_id}', (call) => {
    removeTag(call.account, tagOf(call));
    return { status: 204 };
  }),
  route('POST /v2/tags/{tag_id}/resources', (call) => {
    tagDroplets(call.account, tagOf(call), resourcesOf(call));
    return { status: 204 };
  }),
  route('DELETE /v2/tags/{tag_id}/resources', (call) => {
    untagDroplets(call.account, tagOf(call), resourcesOf(call));
    return { status: 204 };
  }),
];

/** An existing tag is returned unchanged. */
function create(call: Call): Answer {
  const { name } = fieldsOf(call.body);
  if (!isTagName(name)) {
    const problem = `tag name "${name}" contains invalid characters`;
    return {
      status: 400,
      body: { error: `Error validating resource tag: ${problem}`, messages: null, root_causes: [problem] },
    };
  }
  return { status: 201, body: { tag: view(call, call.account.tags.add(name)) } };
}

function view(call: Call, name: string): object {
  return tagView(call.account, call.baseUrl, name);
}

function tagOf({ account, params }: Call): string {
  const name = account.tags.spelled(params['tag_id'] ?? '');
  if (name === undefined) throw notFound();
  return name;
}

/** All of them exist, or none is touched. */
function resourcesOf(call: Call): Droplet[] {
  const fields = fieldsOf(call.body);
  if (!Array.isArray(fields['resources'])) throw unprocessable('resources is required');
  return listOf(fields, 'resources').map((resource) => {
    const { resource_id: id, resource_type: type } = fieldsOf(resource);
    const droplet = type === 'droplet' ? call.account.droplets.get(Number(id)) : undefined;
    if (!droplet) throw notFound();
    return droplet;
  });
}
