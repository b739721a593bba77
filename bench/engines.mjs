// belt on real engines, where those can run (Linux, root, Docker's packages): how soon a droplet is one, what it takes,
// the book's session, and `belt docker` against OpenSSH to a real sshd with a real docker behind it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { race } from './docker.mjs';
import { dropletMemoryMB } from './lib/droplet-memory.mjs';
import { median } from './lib/duel.mjs';
import { compared, limited, seconds } from './lib/table.mjs';
import { BELT, cleanEnv, inWorld } from './lib/world.mjs';

const PLACE = ['--region', 'sgp1', '--image', 'docker-20-04'];
const megabytes = (mb) => `${mb.toFixed(0)} MB`;

export async function run({ quick, say }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BELT, 'sandbox', 'doctor'], { env: cleanEnv() });
  if (status !== 0) {
    say(
      `left out: ${String(stdout || stderr)
        .trim()
        .split('\n')
        .join(' · ')}`,
    );
    return [];
  }
  return inWorld(async (world) => {
    await world.sandbox(['--hosts', 'engine', '--boot-seconds', '0', '--api-latency', '0']);
    const rounds = quick ? 1 : 3;
    return [
      await bootRow({ world, nodes: 1, limit: 5, rounds, say }),
      await bootRow({ world, nodes: 4, limit: 10, rounds, say }),
      await bootRow({ world, nodes: 8, limit: 20, rounds, say }),
      ...(await sessionRows(world, say)),
      raceRow(world, (await world.status()).droplets[0], { quick, say }),
    ];
  });
}

/** From the POST to the last one's engine, as the sandbox saw both. */
async function bootRow({ world, nodes, limit, rounds, say }) {
  const took = [];
  for (let round = 0; round < rounds; round++) {
    say(`${nodes} engine droplets at once, round ${round + 1}`);
    const pattern = `node[1:${nodes}]`;
    await world.belt(['create', 's-1vcpu-1gb', pattern, ...PLACE]);
    const { droplets } = await world.status();
    took.push(lastEngine(droplets) / 1000 - Math.min(...droplets.map(({ timeline }) => timeline.createdAt)) / 1000);
    await world.belt(['rm', '-y', pattern]);
  }
  const what = `engine hosts: POST → ready engine, ${nodes === 1 ? 'one' : `${nodes} at once`}`;
  const measured = median(took);
  const measuredText = `${seconds(measured)} (${took.map((s) => s.toFixed(2)).join(', ')})`;
  return limited({ what, measured, measuredText, limit, figures: { runs: took } }, seconds);
}

const lastEngine = (droplets) => Math.max(...droplets.map(({ timeline }) => timeline.engineAt));

/** The book's session to 4/4 replicas, and what its droplets take then. */
async function sessionRows(world, say) {
  say("the book's session on 4 engine droplets");
  const startedAt = Date.now();
  const create = await world.belt(['create', 's-1vcpu-1gb', 'node[1:4]', ...PLACE]);
  const { droplets } = await world.status();
  await world.belt(['active', 'node1']);
  const join4 = await world.belt(['swarm', 'join', 'node1', 'node[2:4]']);
  const words = 'service create --name nginx --replicas 2 -p 80:80 nginx'.split(' ');
  const service = await world.belt(['docker', ...words]);
  const scale = await world.belt(['docker', 'service', 'scale', 'nginx=4']);
  const { stdout } = await world.belt(['docker', 'service', 'ls', '--format', '{{.Replicas}}']);
  const total = (Date.now() - startedAt) / 1000;
  if (stdout !== '4/4\n') throw new Error(`the service has ${stdout.trim()} replicas, not 4/4`);
  const own = create.endedAt - lastEngine(droplets);
  const steps = { create, join: join4, 'service create': service, scale };
  const parts = Object.entries(steps).map(([name, { ms }]) => `${name} ${(ms / 1000).toFixed(1)}`);
  const figures = { beltWaitedMs: own, ms: Object.fromEntries(Object.entries(steps).map(([k, { ms }]) => [k, ms])) };
  return [
    limited(
      {
        what: "engine hosts: the book's session on 4, create to 4/4 replicas",
        measured: total,
        limit: 60,
        against: `${parts.join(', ')}; belt went on ${(own / 1000).toFixed(2)} s after the last engine was ready`,
        figures,
      },
      seconds,
    ),
    memoryRow(world, droplets),
  ];
}

function memoryRow(world, droplets) {
  const folder = join(world.env.HOME, '.belt/sandbox/default');
  const each = droplets.map(({ id }) => dropletMemoryMB(folder, id));
  const what = 'engine hosts: memory of a droplet in the swarm, with a replica';
  return limited({ what, measured: Math.max(...each), limit: 200, figures: { each } }, megabytes);
}

function raceRow(world, droplet, { quick, say }) {
  const port = world.env.DIGITALOCEAN_SSH_PORT;
  const raced = race(world, droplet, { port, runs: quick ? 5 : 41, say });
  return compared({ what: 'belt docker version, one warm engine host', ...raced, most: 1 });
}
