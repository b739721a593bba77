// Whether dist/ is older than what it is built from.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** When a file was changed, in ms since the epoch; 0 for none. */
export const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newestMs(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return Math.max(...entries.filter((e) => e.isFile()).map((e) => modifiedMs(join(e.parentPath ?? e.path, e.name))));
}

export function isStale() {
  const builtMs = modifiedMs(join(root, 'dist/main.cjs'));
  const sources = [
    newestMs(join(root, 'src')),
    newestMs(join(root, '.config')),
    modifiedMs(join(root, 'package.json')),
  ];
  return sources.some((ms) => builtMs < ms);
}
