// Many nodes that belt knows, each a real sshd, for what OpenSSH does as well: beside the hosts, and as far away as droplets are.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { inWorld, knownHosts } from './world.mjs';

export const ROUND_TRIP_MS = 40;
/** As many as `belt exec` itself has at a time. */
export const AT_ONCE = 64;

/**
 * Runs `use` with a world, its nodes' addresses (also in the file `addresses`), and the two ports where their sshds are, `near` and `far`.
 * `docker` has the nodes answer `docker version` as the sandbox does. Gives what `use` gives; no rows where no sshd is installed.
 */
export function inFleet({ quick, say, docker = false }, use) {
  const missing = ['ssh', 'xargs'].find((name) => spawnSync(name, ['--version']).error);
  if (missing !== undefined) throw new Error(`${missing} is not installed`);
  return inWorld(async (world) => {
    const nodes = quick ? 20 : 200;
    const addresses = await known(world, nodes, say);
    await world.belt(['active', 'node1']);
    const sshd = await world.sshd(addresses, docker ? (await world.belt(['docker', 'version'])).stdout : '');
    if (sshd === undefined) {
      say('no sshd is installed here: left out');
      return [];
    }
    Object.assign(world.env, { DIGITALOCEAN_SSH_USER: userInfo().username });
    trust(world, sshd.hostKey);
    world.write('known_hosts', `[127.*]:* ${sshd.hostKey}\n`);
    world.write('addresses', `${addresses.join('\n')}\n`);
    const far = await world.relay(addresses, sshd.port, ROUND_TRIP_MS);
    return await use({ world, addresses, nodes, near: sshd.port, far });
  });
}

/** Makes the nodes, so that belt knows them. Gives their addresses. */
async function known(world, nodes, say) {
  say(`${nodes} nodes`);
  await world.sandbox(['--boot-seconds', '0', '--api-latency', '0', '--droplet-limit', String(nodes)]);
  const pattern = `node[1:${nodes}]`;
  await world.belt(['create', 's-1vcpu-1gb', pattern, '--region', 'sgp1', '--image', 'docker-20-04']);
  const { droplets } = await world.status();
  const number = ({ name }) => Number(name.slice('node'.length));
  return droplets.toSorted((a, b) => number(a) - number(b)).map(({ publicAddress }) => publicAddress);
}

/** Pins the key for every node: `belt trust` takes one at a time. */
function trust({ env }, hostKey) {
  const path = knownHosts(env);
  const pins = readFileSync(path, 'utf8').replaceAll(/^(\S+) .*$/gm, `$1 ${hostKey}`);
  writeFileSync(path, pins);
}

/** OpenSSH at its fastest: no configuration to read, one key, one entry of known hosts, the quickest key exchange. */
export function sshWords({ cwd, env }, port) {
  const options = [
    'KexAlgorithms=curve25519-sha256',
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'PreferredAuthentications=publickey',
    'GSSAPIAuthentication=no',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${join(cwd, 'known_hosts')}`,
    'GlobalKnownHostsFile=/dev/null',
  ].flatMap((option) => ['-o', option]);
  return [
    '-F',
    'none',
    '-n',
    '-T',
    '-i',
    env.DIGITALOCEAN_SSH_KEY_PATH,
    ...options,
    '-p',
    port,
    '-l',
    userInfo().username,
  ];
}
