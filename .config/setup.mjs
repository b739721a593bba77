// What `npm test`, `npm run demo` and the others do first on a fresh clone: install what is missing, build what is stale.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isStale, modifiedMs, root } from './stale.mjs';

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
// An installation builds without running anything (prepare.mjs): the compiled code of a quick start is still to come.
if (isStale() || !existsSync(join(root, 'dist/rooms.cache'))) {
  run('building dist/', process.execPath, [join(root, '.config/build.mjs')]);
}
