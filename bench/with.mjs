// The local docker on a node's engine: through `belt with`, against docker's own DOCKER_HOST=ssh:// over a kept SSH connection.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { sshOptions } from './docker.mjs';
import { duel } from './lib/duel.mjs';
import { compared } from './lib/table.mjs';
import { BELT, cleanEnv, inWorld } from './lib/world.mjs';

const TIMES = 50;

export async function run({ quick, say }) {
  const doctor = spawnSync(process.execPath, [BELT, 'sandbox', 'doctor'], { env: cleanEnv() });
  const missing = ['docker', 'ssh'].find((name) => spawnSync(name, ['-V']).error);
  if (doctor.status !== 0 || missing !== undefined) {
    say(`left out: ${missing === undefined ? 'engine hosts cannot run here' : `${missing} is not installed`}`);
    return [];
  }
  return inWorld(async (world) => {
    await world.sandbox(['--hosts', 'engine', '--boot-seconds', '0', '--api-latency', '0']);
    await world.belt(['create', 's-1vcpu-1gb', 'node1', '--region', 'sgp1', '--image', 'docker-20-04']);
    const [droplet] = (await world.status()).droplets;
    const runs = quick ? 1 : 7;
    say(`${TIMES} × docker ps, ${runs} times each`);
    const loop = `for n in $(seq ${TIMES}); do docker ps -q || exit; done; echo all`;
    const { cwd } = world;
    const belt = {
      command: process.execPath,
      words: [BELT, 'with', 'node1', '--', 'sh', '-c', loop],
      cwd,
      env: world.env,
    };
    const { env, close } = overSsh(world, droplet);
    try {
      const [own, peer] = duel(belt, { command: 'sh', words: ['-c', loop], cwd, env }, { runs });
      const what = `${TIMES} × docker ps in one belt with, one engine host`;
      return [compared({ what, own, peer, name: 'DOCKER_HOST=ssh:// with ControlMaster', most: 0.5 })];
    } finally {
      close();
    }
  });
}

/** The environment in which docker goes by ssh:// to the droplet, over one connection that is made here. */
function overSsh(world, droplet) {
  const bin = join(world.cwd, 'bin');
  mkdirSync(bin);
  const words = ['-o', `ControlPath=${join(world.cwd, 'ssh.sock')}`, ...sshOptions(world.env, droplet)]
    .map((word) => `'${word}'`)
    .join(' ');
  // docker itself starts the first `ssh` that it finds.
  world.write('bin/ssh', `#!/bin/sh\nexec /usr/bin/ssh ${words} "$@"\n`);
  chmodSync(join(bin, 'ssh'), 0o755);
  const host = `root@${droplet.publicAddress}`;
  // Without the streams of what is timed, whose end would be waited for.
  const master = spawnSync(join(bin, 'ssh'), ['-M', '-N', '-f', host], { stdio: 'ignore' });
  if (master.status !== 0) throw new Error(`ssh -M ended with ${master.status}`);
  const path = `${bin}${delimiter}${world.env.PATH}`;
  return {
    env: { ...world.env, PATH: path, DOCKER_HOST: `ssh://${host}` },
    close: () => spawnSync(join(bin, 'ssh'), ['-O', 'exit', host], { stdio: 'ignore' }),
  };
}
