// Tags, and what carries them.
import { fieldsOf, listOf } from '../../account/body.ts';
import type { Droplet } from '../../account/droplet.ts';
import { unprocessable } from '../../account/refusals.ts';
import { isTagName, removeTag, tagDroplets, untagDroplets } from '../../account/tags.ts';
import { type Answer, type Call, created, found, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { tagView } from '../views.ts';

export const tagRoutes: Routes = {
  'GET /v2/tags': (call) => pageOf(call, 'tags', [...call.account.tags], (name) => view(call, name)),
  'POST /v2/tags': create,
  'GET /v2/tags/{tag_id}': (call) => ok({ tag: view(call, tagOf(call)) }),
  'DELETE /v2/tags/{tag_id}': (call) => removeTag(call.account, tagOf(call)),
  'POST /v2/tags/{tag_id}/resources': (call) => tagDroplets(call.account, tagOf(call), resourcesOf(call)),
  'DELETE /v2/tags/{tag_id}/resources': (call) => untagDroplets(call.account, tagOf(call), resourcesOf(call)),
};

/** An existing tag is returned unchanged. */
function create(call: Call): Answer {
  const { name } = fieldsOf(call.body);
  if (isTagName(name)) return created({ tag: view(call, call.account.tags.add(name)) });
  const problem = `tag name "${name}" contains invalid characters`;
  const error = `Error validating resource tag: ${problem}`;
  return { status: 400, body: { error, messages: null, root_causes: [problem] } };
}

const view = (call: Call, name: string): object => tagView(call.account, call.baseUrl, name);

/** The path must have the spelling of the tag's first use. */
const tagOf = ({ account, params }: Call): string => found([...account.tags].find((tag) => tag === params['tag_id']));

/** All of them exist, or none is touched. */
function resourcesOf(call: Call): Droplet[] {
  const fields = fieldsOf(call.body);
  if (!Array.isArray(fields['resources'])) throw unprocessable('resources is required');
  return listOf(fields, 'resources').map((resource) => {
    const { resource_id: id, resource_type: type } = fieldsOf(resource);
    return found(type === 'droplet' ? call.account.droplets.get(Number(id)) : undefined);
  });
}
