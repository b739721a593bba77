// Writes the compiled code of dist/rooms.cjs: what V8 compiled while belt worked one node of a sandbox. Code that never ran
// is not in it; what runs at every `belt docker` is.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ORDER = ['--region', 'sgp1', '--image', 'docker-20-04', '--ssh-key', '816630'];
const FOREIGN = /^(DIGITALOCEAN_|BELT_|DOCKER_|SSH_AUTH_SOCK$)/;

/** Runs belt's own session on a sandbox, in a home of its own, and keeps the code that `belt docker version` compiled. */
export function writeCode(dist) {
  const home = mkdtempSync(join(tmpdir(), 'belt-build-'));
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  let env = { ...Object.fromEntries(own), HOME: home };
  const node = (file, words) =>
    execFileSync(process.execPath, [join(dist, file), ...words], {
      cwd: home,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    });
  const belt = (...words) => node('main.cjs', words);
  try {
    belt('sandbox', 'start', '--boot-seconds', '0');
    env = { ...env, ...JSON.parse(belt('sandbox', 'env', '--json')) };
    belt('create', '1gb', 'node1', ...ORDER);
    belt('active', 'node1');
    node('cached.cjs', ['rooms', 'docker', 'version']);
  } finally {
    belt('sandbox', 'stop');
    rmSync(home, { recursive: true, force: true });
  }
}
