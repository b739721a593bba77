// What `npm install` does in a clone, and npm with a package from git: builds what is stale, and runs nothing of belt.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isStale, root } from './stale.mjs';

if (isStale()) {
  const { status } = spawnSync(process.execPath, [join(root, '.config/build.mjs'), '--cold'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
