// What `npm test`, `npm run demo` and the others do first on a fresh clone: install what is missing, build what is stale.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newestMs(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return Math.max(...entries.filter((e) => e.isFile()).map((e) => modifiedMs(join(e.parentPath ?? e.path, e.name))));
}

function run(what, command, args) {
  process.stderr.write(`setup: ${what}\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write(`setup: ${command} ${args.join(' ')} failed\n`);
    process.exit(1);
  }
}

if (modifiedMs(join(root, 'node_modules/.package-lock.json')) < modifiedMs(join(root, 'package-lock.json'))) {
  // No install script is needed: ssh2's native parts bring nothing measurable, esbuild's is a check.
  run('installing packages (npm ci)', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}
const builtMs = modifiedMs(join(root, 'dist/main.cjs'));
if (
  builtMs < newestMs(join(root, 'src')) ||
  builtMs < newestMs(join(root, '.config')) ||
  builtMs < modifiedMs(join(root, 'package.json'))
) {
  run('building dist/', process.execPath, [join(root, '.config/build.mjs')]);
}
