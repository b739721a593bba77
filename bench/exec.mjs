// `belt exec` on nodes that belt knows already, against the fastest that OpenSSH does without a connection that is kept: `ssh`
// on one, `xargs -P64 ssh` on two hundred. Behind every address is a real sshd, beside belt and as far away as droplets are.
import { join } from 'node:path';
import { duel } from './lib/duel.mjs';
import { AT_ONCE, inFleet, ROUND_TRIP_MS, sshWords } from './lib/fleet.mjs';
import { compared } from './lib/table.mjs';
import { BELT } from './lib/world.mjs';

export function run({ quick, say }) {
  return inFleet({ quick, say }, ({ world, addresses, nodes, near, far: farPort }) => {
    const all = { addresses, nodes: '@all', runs: quick ? 1 : 7, warmUp: 1 };
    const one = { addresses: addresses.slice(0, 1), nodes: 'node1', runs: quick ? 3 : 21, warmUp: 3 };
    const far = `, ${ROUND_TRIP_MS} ms of round trip away`;
    const rows = [];
    for (const { port, where, ofAll, ofOne } of [
      { port: near, where: '', ofAll: 0.8, ofOne: 0.8 },
      { port: farPort, where: far, ofAll: 0.5, ofOne: 0.6 },
    ]) {
      const [belt, ssh] = race(world, { ...all, port, say });
      const what = `belt exec @all -- true, ${nodes} real sshds${where}`;
      const name = `xargs -P${AT_ONCE} ssh`;
      rows.push(compared({ what, own: belt, peer: ssh, name, most: ofAll }));
      if (ssh.cpuMs > 0) {
        const time = ({ cpuMs }) => ({ ms: cpuMs, fastest: cpuMs });
        const peer = time(ssh);
        rows.push(compared({ what: `${what}: processor time`, own: time(belt), peer, name, most: 0.25 }));
      }
      const [own, peer] = race(world, { ...one, port, say });
      rows.push(compared({ what: `belt exec node1 -- true${where}`, own, peer, name: 'ssh node1 true', most: ofOne }));
    }
    return rows;
  });
}

/** belt and OpenSSH in turn. */
function race(world, { addresses, nodes, port, runs, warmUp, say }) {
  say(`belt exec ${nodes} -- true and ssh to port ${port} of the same, ${runs} times each`);
  const { cwd } = world;
  const env = { ...world.env, DIGITALOCEAN_SSH_PORT: port };
  const belt = { command: process.execPath, words: [BELT, 'exec', nodes, '--', 'true'], cwd, env };
  const words = sshWords(world, port);
  if (addresses.length === 1) {
    return duel(belt, { command: 'ssh', words: [...words, addresses[0], 'true'], cwd, env }, { runs, warmUp });
  }
  world.write('addresses', `${addresses.join('\n')}\n`);
  const xargs = ['-a', join(cwd, 'addresses'), `-P${AT_ONCE}`, '-I{}', 'ssh', ...words, '{}', 'true'];
  return duel(belt, { command: 'xargs', words: xargs, cwd, env }, { runs, warmUp });
}
