// `belt sh` on a task, which it has to find, against OpenSSH and `docker exec` by somebody who knows the node and the container.
import { spawnSync } from 'node:child_process';
import { sshOptions } from './docker.mjs';
import { duel } from './lib/duel.mjs';
import { compared } from './lib/table.mjs';
import { BELT, cleanEnv, inWorld } from './lib/world.mjs';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster: {name: main, managers: {nodes: m1}, workers: {nodes: w1}}
`;

export function run({ quick, say }) {
  if (spawnSync('ssh', ['-V']).error) throw new Error('OpenSSH’s ssh is not installed');
  return inWorld(async (world) => {
    // A simulated docker takes no time, and starting node is all that is seen then.
    const doctor = spawnSync(process.execPath, [BELT, 'sandbox', 'doctor'], { env: cleanEnv() });
    const hosts = doctor.status === 0 ? 'engine' : 'simulated';
    const { cwd, env } = world;
    world.write('.belt.yaml', CLUSTER);
    await world.sandbox(['--hosts', hosts, '--boot-seconds', '0', '--api-latency', '0']);
    await world.belt(['up', '--yes']);
    const rows = [];
    for (const node of ['m1', 'w1']) {
      const service = ['docker', 'service', 'create', '-d', '--name', `on-${node}`];
      await world.belt([...service, '--constraint', `node.hostname==${node}`, 'nginx']);
      await world.belt(['restart', `on-${node}`]);
      const id = (await world.belt(['--host', node, 'docker', 'ps', '-q'])).stdout.trim();
      const droplet = (await world.status()).droplets.find(({ name }) => name === node);
      const runs = quick ? 3 : 21;
      const words = [...sshOptions(env, droplet), `root@${droplet.publicAddress}`, 'docker', 'exec', id, 'true'];
      for (const keep of [[], ['--keep', '1m']]) {
        say(`belt ${[...keep, 'sh'].join(' ')} and ssh docker exec on ${node}, ${runs} times each`);
        const own = { command: process.execPath, words: [BELT, ...keep, 'sh', `on-${node}.1`, '--', 'true'], cwd, env };
        const [belt, peer] = duel(own, { command: 'ssh', words, cwd, env }, { runs });
        const where = node === 'm1' ? 'on a manager' : 'on a worker';
        const what = `belt sh web.1 -- true, ${where}, ${keep.length > 0 ? 'kept, ' : ''}${hosts} hosts`;
        rows.push(compared({ what, own: belt, peer, name: 'ssh … docker exec', most: 1 }));
      }
      await world.belt(['keep', 'stop']);
    }
    return rows;
  });
}
