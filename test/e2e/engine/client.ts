// The docker command of the droplets. Where the machine's package is older than what the simulation speaks as, a newer
// client of the machine's is put beside it: what it says by itself is then the same, and only the engine is an older one.
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ENGINE } from '../../../src/sandbox/engine/version.ts';
import { info } from '../probe.ts';
import type { World } from '../world.ts';
import { isOlder } from './since.ts';

const run = promisify(execFile);

/** Every `docker` that a shell could find here, with its version. */
async function clients(): Promise<{ path: string; version: string }[]> {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'docker'));
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        accessSync(path, constants.X_OK);
        const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
        return [{ path, version: /version ([^,\s]+)/.exec(stdout)?.[1] ?? '' }];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}

/** The least that speaks as the simulation does. */
export const CLIENT = `${Number.parseInt(ENGINE.version, 10)}.0`;

/** A client that does; undefined where there is none but older ones. */
export async function newerClient(): Promise<string | undefined> {
  return (await clients()).find(({ version }) => !isOlder(version, CLIENT))?.path;
}

/** Puts the client on every droplet that has an engine, before the package's own. */
export async function putClient(world: World, client: string): Promise<void> {
  const { droplets } = await world.status();
  const { sshKeyPath } = info(world);
  const ssh = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
  const put = 'command -v docker > /dev/null || exit 0; cat > /usr/local/bin/docker && chmod 755 /usr/local/bin/docker';
  const program = readFileSync(client);
  await Promise.all(
    droplets.map(({ publicAddress }) => {
      const cipher = ['-c', 'aes128-gcm@openssh.com'];
      const running = run('ssh', [...ssh, ...cipher, '-i', sshKeyPath, `root@${publicAddress}`, put]);
      running.child.stdin?.on('error', () => {});
      running.child.stdin?.end(program);
      return running;
    }),
  );
}

/** The version of the droplets' engine. */
export async function engineVersion(world: World): Promise<string> {
  const { stdout } = await world.belt(['--host', 'node1', 'docker', 'version', '--format', '{{.Server.Version}}']);
  return stdout.trim();
}
