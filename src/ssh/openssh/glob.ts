// The files that a pattern of glob(7) names, as ssh's `Include` takes it: absolute, with `*`, `?`, `[a-z]` and `\` before what is meant literally.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** In the order of their names; none where nothing matches. */
export function globbed(pattern: string): string[] {
  const [, root = '/', rest = ''] = /^((?:[A-Za-z]:)?\/+)(.*)$/.exec(pattern) ?? [];
  return rest
    .split('/')
    .filter((part) => part !== '')
    .reduce((folders, part) => folders.flatMap((folder) => matching(folder, part)), [root])
    .filter((path) => existsSync(path));
}

function matching(folder: string, part: string): string[] {
  const bare = part.replaceAll(/\\(.)/g, '$1');
  if (!/[*?[]/.test(part.replaceAll(/\\./g, ''))) return [join(folder, bare)];
  const expression = expressionOf(part);
  if (expression === undefined) return [join(folder, bare)];
  const isHidden = part.startsWith('.');
  return entries(folder)
    .filter((name) => isHidden === name.startsWith('.') && expression.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined for a range that is none, such as `[z-a]`. */
function expressionOf(part: string): RegExp | undefined {
  const source = part.replaceAll(/\\(.)|\[([!^]?)(\]?[^\]]*)\]|(\*)|(\?)|([^\w])/g, (...found) => {
    const [, escaped, not, range, star, any, other] = found as (string | undefined)[];
    if (star) return '.*';
    if (any) return '.';
    if (range !== undefined) return `[${not ? '^' : ''}${range.replaceAll(/[\\\]^]/g, '\\$&')}]`;
    return (escaped ?? other ?? '').replaceAll(/\W/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined;
  }
}
