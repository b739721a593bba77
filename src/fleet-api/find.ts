// Which container a word means, among those of all nodes. Pure.
import { containerName as nameOf } from '../engine/container-name.ts';
import type { Summary } from './types.ts';

export { nameOf };

/** What a node's engine last said of its containers. */
export type Lists = ReadonlyMap<string, readonly Summary[]>;

export interface Located {
  node: string;
  container: Summary;
}

export const fullName = ({ node, container }: Located): string => `${node}/${nameOf(container)}`;

/** All that the word may mean: by its id, else its name, `node/name`, else the beginning of its id, each as Docker has it. */
export function find(word: string, lists: Lists): Located[] {
  const [, node, own = ''] = /^\/?([^/]+)\/(.+)$/.exec(word) ?? [];
  if (node !== undefined) return find(own, new Map([...lists].filter(([name]) => name === node)));
  const wanted = word.replace(/^\//, '');
  if (wanted === '') return [];
  const all = [...lists].flatMap(([name, containers]) => containers.map((container) => ({ node: name, container })));
  const same = (match: (container: Summary) => boolean) => all.filter(({ container }) => match(container));
  for (const match of [
    ({ Id }: Summary) => Id === wanted,
    ({ Names }: Summary) => Names.includes(`/${wanted}`),
    ({ Id }: Summary) => /^[0-9a-f]+$/.test(wanted) && Id.startsWith(wanted),
  ]) {
    const found = same(match);
    if (found.length > 0) return found;
  }
  return [];
}
