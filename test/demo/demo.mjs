// `npm run demo`: the book's session on the sandbox, with the real command, shown as a terminal would show it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BELT = join(dirname(fileURLToPath(import.meta.url)), '../../bin/belt.js');
const CONFIG = `---
digitalocean:
  region: sgp1
  image: 18153887               # an image id or a slug
  ssh_user: root
  ssh_key_fingerprint: 816630   # an MD5 fingerprint or a key id
`;
const SESSION = [
  'create 512mb node[1:4]',
  'ls',
  'active node1',
  'docker version',
  'docker swarm init',
  'swarm join node1 node[2:4]',
  'docker node ls',
  'docker service create --name nginx --replicas 2 -p 80:80 nginx',
  'docker service ls',
  'docker service scale nginx=4',
  'docker service ls',
  'ip node2',
  'rm -y node[1:4]',
  'ls',
];
/** The same engines as one Docker, without a swarm between them: what the book did with Swarm v1. Status 125 is docker's refusal. */
const RUN = 'with @all -- docker run -d -p 80:80 nginx';
const AS_ONE = [
  [RUN, 0],
  [RUN, 0],
  [RUN, 0],
  [RUN, 0],
  [RUN, 125],
  ['with @all -- docker ps --format {{.Names}}\\t{{.Image}}\\t{{.Ports}}', 0],
  ['info', 0],
  ['stats --no-stream', 0],
];

const terminal = process.stdout.isTTY === true;
const bold = (text) => (terminal ? `\x1b[1m${text}\x1b[0m` : text);
const say = (text) => process.stdout.write(`${text}\n`);

// A home and a folder of its own: nothing of the user's is read or written.
const root = mkdtempSync(join(tmpdir(), 'belt-demo-'));
const home = join(root, 'home');
const folder = join(root, 'swarm');
for (const path of [home, folder]) mkdirSync(path);
const foreign = /^(DIGITALOCEAN_|BELT_|DOCKER_|SSH_AUTH_SOCK$|NODE_EXTRA_CA_CERTS$)/;
// The images of engine hosts are the machine's: they take minutes to build.
const images =
  process.env.BELT_IMAGES_DIR || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'belt', 'images');
let env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
  HOME: home,
  BELT_IMAGES_DIR: images,
};

function belt(words, stdio) {
  return spawnSync(process.execPath, [BELT, ...words], { cwd: folder, env, stdio, encoding: 'utf8' });
}

function type(command, expected = 0) {
  say(bold(`$ belt ${command}`));
  const { status } = belt(command.split(' '), [terminal ? 'inherit' : 'ignore', 'inherit', 'inherit']);
  if (status !== expected) throw new Error(`belt ${command} ended with ${status}`);
}

/** Real Docker engines where they can run, and what they lack there. */
function hosts() {
  const { stdout } = belt(['sandbox', 'doctor', '--json'], 'pipe');
  const { engineHosts, obstacles, limits, buildSeconds } = JSON.parse(stdout);
  if (!engineHosts) return { simulated: obstacles[0] };
  if (buildSeconds > 0 && !process.argv.includes('--engine'))
    return { simulated: 'their images are not built (npm run demo -- --engine does so, in some minutes)' };
  return { ingress: !limits.some((limit) => limit.includes('IP_VS')) };
}

/** A kernel without IP_VS has no routing mesh: each droplet publishes the port itself there. */
const published = (command, { ingress }) =>
  ingress === false
    ? command.replace('-p 80:80', '--endpoint-mode dnsrr --publish mode=host,published=80,target=80')
    : command;

function demo() {
  const kind = hosts();
  if (kind.simulated === undefined) {
    say(
      'The sandbox plays DigitalOcean here. Each droplet is a machine of its own that boots Debian, with a real Docker.\n',
    );
    if (kind.ingress === false)
      say('This kernel has no IP_VS: a port is published on each droplet, not through the mesh.\n');
  } else {
    say('The sandbox plays DigitalOcean here, with simulated hosts: no account, nothing to pay.');
    say(`Not on real Docker engines: ${kind.simulated}; all of it: belt sandbox doctor.\n`);
  }
  type(`sandbox start${kind.simulated === undefined ? ' --hosts engine' : ''}`);
  say(bold('$ eval "$(belt sandbox env)"'));
  env = { ...env, ...JSON.parse(belt(['sandbox', 'env', '--json'], 'pipe').stdout) };
  writeFileSync(join(folder, '.belt.yaml'), CONFIG);
  say(`${bold('$ cat .belt.yaml')}\n${CONFIG.trimEnd()}`);
  for (const command of SESSION) type(published(command, kind));
  asOne();
}

/** A port is given once on each node: the fifth container finds none, and Swarm v1's words say why. */
function asOne() {
  say(
    '\nThe second part: the engines of four droplets as one Docker, as Swarm v1 had them, for the docker that is installed here.\n',
  );
  if (spawnSync('docker', ['--version'], { env }).error) {
    say('Left out: no docker client is installed here.');
    return;
  }
  type('create 512mb node[1:4]');
  type('info');
  for (const [command, status] of AS_ONE) type(command, status);
  type('rm -y node[1:4]');
}

// Ctrl-C goes to belt as well, which ends; the sandbox is stopped all the same.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
try {
  demo();
} catch (error) {
  say(`demo: ${error.message}`);
  process.exitCode = 1;
} finally {
  type('sandbox stop');
  rmSync(root, { recursive: true, force: true });
}
