// An image to nodes without a registry: `belt push` against `docker save | ssh docker load`, one node after the other. Times and bytes,
// for an image that no node has and for one of which a small layer changed.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sshOptions } from './docker.mjs';
import { median } from './lib/duel.mjs';
import { compared } from './lib/table.mjs';
import { BELT, cleanEnv, inWorld } from './lib/world.mjs';

const NODES = 8;
const LAYERS = 3;
const LAYER_BYTES = 65e6;
/** Of the layer that changes. */
const SMALL_BYTES = 5e6;

export async function run({ quick, say }) {
  const doctor = spawnSync(process.execPath, [BELT, 'sandbox', 'doctor'], { env: cleanEnv() });
  const missing = ['docker', 'ssh'].find((name) => spawnSync(name, ['-V']).error);
  if (doctor.status !== 0 || missing !== undefined) {
    say(`left out: ${missing === undefined ? 'engine hosts cannot run here' : `${missing} is not installed`}`);
    return [];
  }
  return inWorld(async (world) => {
    await world.sandbox(['--hosts', 'engine', '--boot-seconds', '0', '--api-latency', '0']);
    const create = (names) => world.belt(['create', '1gb', names, '--region', 'sgp1', '--image', 'docker-22-04']);
    await Promise.all([create('builder'), create(`node[1:${NODES}]`)]);
    const { droplets } = await world.status();
    const nodes = droplets.filter(({ name }) => name !== 'builder');
    build(world);
    const runs = quick ? 1 : 5;
    say(`${NODES} engine hosts, an image of ${(LAYERS * LAYER_BYTES + SMALL_BYTES) / 1e6} MB, ${runs} times each`);
    const rows = [];
    for (const [image, what, most, mostBytes] of [
      ['app:1', 'an image that no node has', 1, 1],
      ['app:2', `an image of which a layer of ${SMALL_BYTES / 1e6} MB changed`, 0.3, 0.1],
    ]) {
      rows.push(...race(world, { image, what, most, mostBytes, nodes, runs }));
    }
    return rows;
  });
}

/** Two images that differ in a small layer, on the builder. */
function build(world) {
  mkdirSync(join(world.cwd, 'app'));
  const parts = Array.from({ length: LAYERS }, (_, n) => `COPY part${n} /part${n}\n`);
  world.write('app/Dockerfile', `FROM nginx\n${parts.join('')}COPY small /small\n`);
  const content = (bytes) => randomBytes((bytes * 3) / 4).toString('base64');
  for (let n = 0; n < LAYERS; n++) world.write(`app/part${n}`, content(LAYER_BYTES));
  for (const n of [1, 2]) {
    world.write('app/small', content(SMALL_BYTES));
    onBuilder(world, `DOCKER_BUILDKIT=0 docker build -q -t app:${n} app`);
  }
}

/** A line here whose docker is the builder's. Gives what it printed, and its time in ms without what `belt with` takes. */
function onBuilder(world, line) {
  const timed = `start=$(date +%s%N); { ${line}; } || exit; echo $(( $(date +%s%N) - start )) >&2`;
  const words = [BELT, 'with', 'builder', '--', 'bash', '-o', 'pipefail', '-c', timed];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: world.cwd, env: world.env });
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  return { stdout: String(stdout), ms: Number(String(stderr).trim().split('\n').at(-1)) / 1e6 };
}

/** In turn; before each the nodes have what they had at first. */
function race(world, { image, what, most, mostBytes, nodes, runs }) {
  const belt = `'${process.execPath}' '${BELT}'`;
  const names = nodes.map(({ name }) => name).join();
  const quoted = (words) => words.map((word) => `'${word}'`).join(' ');
  const ssh = (node) => quoted(['ssh', ...sshOptions(world.env, node), `root@${node.publicAddress}`]);
  const lines = {
    own: `${belt} push ${image} --to ${names} --json`,
    peer: nodes.map((node) => `docker save ${image} | ${ssh(node)} docker load`).join(' && '),
  };
  const clear = nodes.map(
    (node) => `${ssh(node)} 'docker rmi -f $(docker images -q app) $(docker images -q 127.0.0.1:1/app) >&2; true'`,
  );
  const before = image === 'app:1' ? 'true' : lines.peer.replaceAll(image, 'app:1');
  const sides = { own: [], peer: [] };
  for (let round = 0; round < runs; round++) {
    for (const side of ['own', 'peer']) {
      onBuilder(world, `${clear.join(' && ')} && ${before}`);
      sides[side].push(onBuilder(world, lines[side]));
    }
  }
  const [own, peer] = [sides.own, sides.peer].map((all) => {
    const times = all.map(({ ms }) => ms);
    return { ms: median(times), fastest: Math.min(...times) };
  });
  const sent = sides.own[0].stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).sentBytes);
  const ownBytes = sent.reduce((sum, bytes) => sum + bytes, 0);
  const peerBytes = Number(onBuilder(world, `docker save ${image} | wc -c`).stdout) * nodes.length;
  const name = 'docker save | ssh docker load, one by one';
  const full = `belt push, ${nodes.length} engine hosts: ${what}`;
  const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
  return [
    compared({ what: full, own, peer, name, most }),
    {
      what: `${full}: bytes`,
      measured: mb(ownBytes),
      against: `${name} ${mb(peerBytes)}`,
      ratio: ownBytes / peerBytes,
      reach: `≤ ${mostBytes} ×`,
      met: ownBytes / peerBytes <= mostBytes,
      figures: { bytes: ownBytes, peerBytes },
    },
  ];
}
