// `belt docker` on a node that belt knows already, against OpenSSH to the same host with the same key and the same pins.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { duel } from './lib/duel.mjs';
import { compared } from './lib/table.mjs';
import { BELT, inWorld } from './lib/world.mjs';

const PEERS = '`ssh host true` to a real sshd 130–191 ms*';

export function run({ quick, say }) {
  const runs = quick ? 5 : 41;
  if (spawnSync('ssh', ['-V']).error) throw new Error('OpenSSH’s ssh is not installed');
  return inWorld(async (world) => {
    say('one node');
    await world.sandbox(['--boot-seconds', '0', '--api-latency', '0']);
    await world.belt(['create', 's-1vcpu-1gb', 'node1', '--region', 'sgp1', '--image', 'docker-20-04']);
    await world.belt(['active', 'node1']);
    const address = (await world.belt(['ip', 'node1'])).stdout.trim();
    say(`belt docker version and ssh root@${address} docker version, ${runs} times each`);
    const { cwd, env } = world;
    const ours = { command: process.execPath, words: [BELT, 'docker', 'version'], cwd, env };
    const [own, peer] = duel(ours, { command: 'ssh', words: sshWords(env, address), cwd, env }, { runs });
    if (own.stdout !== peer.stdout)
      throw new Error('belt docker version and ssh … docker version print different things');
    const name = 'ssh … docker version';
    return [compared({ what: 'belt docker version, one warm node', own, peer, name, most: 1, beside: PEERS })];
  });
}

function sshWords(env, address) {
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${join(env.BELT_STATE_DIR, 'known_hosts')}`,
    'GlobalKnownHostsFile=/dev/null',
  ].flatMap((option) => ['-o', option]);
  const { DIGITALOCEAN_SSH_KEY_PATH: key, DIGITALOCEAN_SSH_PORT: port } = env;
  return ['-F', 'none', '-i', key, ...options, '-p', port, `root@${address}`, 'docker', 'version'];
}
