// The local docker on a node's engine: through `belt with`, against docker's own DOCKER_HOST=ssh:// over a kept SSH connection; and on
// several engines as one, against one of them.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { sshOptions } from './docker.mjs';
import { duel, median } from './lib/duel.mjs';
import { compared, limited, milliseconds } from './lib/table.mjs';
import { BELT, cleanEnv, inWorld } from './lib/world.mjs';

const TIMES = 50;

export async function run(options) {
  return [...(await againstSsh(options)), ...(await asOne(options))];
}

/** Prints how long a `docker ps` took on average, in ns, without the start of belt and its logins. */
const timed = (times) =>
  `docker ps -q >/dev/null || exit; from=$(date +%s%N); for n in $(seq ${times}); do docker ps -q >/dev/null || exit; done; echo $((($(date +%s%N) - from) / ${times}))`;

/** On simulated hosts, which are all in one process: what belt and the client take is measured, not what an engine does. */
async function asOne({ quick, say }) {
  if (spawnSync('docker', ['--version']).error) {
    say('left out: docker is not installed');
    return [];
  }
  const nodes = quick ? 10 : 100;
  const [runs, times, containers] = quick ? [1, 3, 3] : [7, 20, 20];
  return inWorld(async (world) => {
    await world.sandbox(['--boot-seconds', '0', '--api-latency', '0', '--droplet-limit', String(nodes)]);
    const words = ['create', 's-1vcpu-1gb', `node[1:${nodes}]`, '--region', 'sgp1', '--image', 'docker-20-04'];
    await world.belt(words);
    const script = async (pattern, text) => (await world.belt(['with', pattern, '--', 'sh', '-c', text])).stdout;
    await script('@all', `for n in $(seq ${containers}); do docker run -d nginx || exit; done`);
    const msOf = async (pattern) => Number(await script(pattern, timed(times))) / 1e6;
    say(`docker ps over 1, 3 and ${nodes} nodes, ${runs} times each`);
    const figures = { one: [], three: [], all: [] };
    for (let n = 0; n < runs; n++) {
      figures.one.push(await msOf('node1'));
      figures.three.push(await msOf('node[1:3]'));
      figures.all.push(await msOf('@all'));
    }
    const side = (all) => ({ ms: median(all), fastest: Math.min(...all) });
    const [one, three] = [side(figures.one), side(figures.three)];
    return [
      compared({
        what: 'docker ps in belt with, 3 simulated nodes as one',
        own: three,
        peer: one,
        name: 'one of them',
        most: 1.2,
        beside: `fastest of each: ${(three.fastest / one.fastest).toFixed(2)} ×`,
      }),
      limited(
        {
          what: `docker ps in belt with, ${nodes} simulated nodes as one`,
          measured: median(figures.all),
          limit: 1000,
          figures: { fastestMs: Math.min(...figures.all) },
        },
        milliseconds,
      ),
    ];
  });
}

async function againstSsh({ quick, say }) {
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
