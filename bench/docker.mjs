// `belt docker` on a node that belt knows already, against OpenSSH to the same host with the same key and the same pins:
// beside the host, and as far from it as people are from their droplets.
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { duel } from './lib/duel.mjs';
import { compared } from './lib/table.mjs';
import { BELT, inWorld, knownHosts } from './lib/world.mjs';

const ROUND_TRIP_MS = 40;
const BESIDE = '`ssh host true` 130–191 ms*';

export function run({ quick, say }) {
  if (spawnSync('ssh', ['-V']).error) throw new Error('OpenSSH’s ssh is not installed');
  return inWorld(async (world) => {
    say('one node');
    await world.sandbox(['--boot-seconds', '0', '--api-latency', '0']);
    await world.belt(['create', 's-1vcpu-1gb', 'node1', '--region', 'sgp1', '--image', 'docker-20-04']);
    await world.belt(['active', 'node1']);
    const [droplet] = (await world.status()).droplets;
    const { DIGITALOCEAN_SSH_PORT: port } = world.env;
    const what = 'belt docker version, one warm node';
    const near = race(world, droplet, { port, runs: quick ? 5 : 41, say });
    const farPort = await world.relay([droplet.publicAddress], port, ROUND_TRIP_MS);
    const far = race(world, droplet, { port: farPort, runs: quick ? 5 : 15, say });
    const rows = [
      compared({ what: `${what}, simulated sshd`, ...near, most: 1 }),
      compared({ what: `${what}, the same ${ROUND_TRIP_MS} ms of round trip away`, ...far }),
    ];
    const { port: realPort } = (await world.sshd([droplet.publicAddress], near.own.stdout)) ?? {};
    if (realPort === undefined) {
      say('no sshd is installed here: left out');
      return rows;
    }
    Object.assign(world.env, { DIGITALOCEAN_SSH_PORT: realPort, DIGITALOCEAN_SSH_USER: userInfo().username });
    await world.belt(['trust', 'node1', '-y']);
    const real = race(world, droplet, { port: realPort, runs: quick ? 5 : 41, say });
    return [...rows, compared({ what: `${what}, real sshd`, ...real, most: 1, beside: BESIDE })];
  });
}

/** belt and OpenSSH in turn on the active node. */
export function race(world, droplet, { port, runs, say }) {
  say(`belt docker version and ssh -p ${port} root@${droplet.publicAddress} docker version, ${runs} times each`);
  const { cwd } = world;
  const env = { ...world.env, DIGITALOCEAN_SSH_PORT: port };
  const belt = { command: process.execPath, words: [BELT, 'docker', 'version'], cwd, env };
  const ssh = { command: 'ssh', words: sshWords(env, droplet), cwd, env };
  const [own, peer] = duel(belt, ssh, { runs });
  if (own.stdout !== peer.stdout)
    throw new Error('belt docker version and ssh … docker version print different things');
  return { own, peer, name: 'ssh … docker version' };
}

const sshWords = (env, droplet) => [
  ...sshOptions(env, droplet),
  `${env.DIGITALOCEAN_SSH_USER ?? 'root'}@${droplet.publicAddress}`,
  'docker',
  'version',
];

/** What OpenSSH needs for the node: belt's own known_hosts, where the droplet stands under its id. */
export function sshOptions(env, droplet) {
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts(env)}`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlias=belt-${droplet.id}`,
  ].flatMap((option) => ['-o', option]);
  const { DIGITALOCEAN_SSH_KEY_PATH: key, DIGITALOCEAN_SSH_PORT: port } = env;
  return ['-F', 'none', '-i', key, ...options, '-p', port];
}
