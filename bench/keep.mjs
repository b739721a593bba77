// Connections that belt keeps, against those that OpenSSH keeps (ControlMaster): both warm, beside the hosts and as far away as
// droplets are. Behind every address is a real sshd.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { duel } from './lib/duel.mjs';
import { AT_ONCE, inFleet, ROUND_TRIP_MS, sshWords } from './lib/fleet.mjs';
import { compared } from './lib/table.mjs';
import { BELT } from './lib/world.mjs';

export function run({ quick, say }) {
  return inFleet({ quick, say, docker: true }, async ({ world, addresses, nodes, near, far }) => {
    world.env.BELT_KEEP = '10m';
    const rows = [];
    for (const { port, where, ofOne } of [
      { port: near, where: '', ofOne: 2.5 },
      { port: far, where: `, ${ROUND_TRIP_MS} ms of round trip away`, ofOne: 1.1 },
    ]) {
      const close = openMasters(world, addresses, port, say);
      try {
        const [all, one] = race(world, { addresses, port, quick, say });
        const what = `kept: belt exec @all -- true, ${nodes} real sshds${where}`;
        const name = `xargs -P${AT_ONCE} ssh over ControlMasters`;
        rows.push(compared({ what, own: all[0], peer: all[1], name, most: 1 }));
        const docker = `kept: belt docker version${where}`;
        const peer = 'ssh … docker version over a ControlMaster';
        rows.push(compared({ what: docker, own: one[0], peer: one[1], name: peer, most: ofOne }));
      } finally {
        await world.belt(['keep', 'stop']);
        close();
      }
    }
    return rows;
  });
}

const controlled = (world, port) => [
  '-o',
  `ControlPath=${join(world.cwd, '%h.sock')}`,
  ...sshWords(world, port).filter((word) => word !== '-n'),
];

/** A master to each address; gives what closes them. */
function openMasters(world, addresses, port, say) {
  say(`${addresses.length} ControlMasters to port ${port}`);
  const words = controlled(world, port);
  const xargs = (more) =>
    spawnSync('xargs', ['-a', join(world.cwd, 'addresses'), '-P8', '-I{}', 'ssh', ...words, ...more, '{}'], {
      env: world.env,
      // Without the streams of what is timed, whose end would be waited for.
      stdio: 'ignore',
    });
  const { status } = xargs(['-M', '-N', '-f']);
  if (status !== 0) throw new Error(`ssh -M ended with ${status}`);
  return () => {
    xargs(['-O', 'exit']);
    for (const address of addresses) rmSync(join(world.cwd, `${address}.sock`), { force: true });
  };
}

/** belt and OpenSSH in turn: on all, then on one. */
function race(world, { addresses, port, quick, say }) {
  say(`belt and ssh to port ${port} over connections that are kept`);
  const { cwd } = world;
  const env = { ...world.env, DIGITALOCEAN_SSH_PORT: port };
  const words = controlled(world, port);
  const belt = (...own) => ({ command: process.execPath, words: [BELT, ...own], cwd, env });
  const many = ['-a', join(cwd, 'addresses'), `-P${AT_ONCE}`, '-I{}', 'ssh', '-n', ...words, '{}', 'true'];
  const all = duel(
    belt('exec', '@all', '--', 'true'),
    { command: 'xargs', words: many, cwd, env },
    { runs: quick ? 1 : 11, warmUp: 2 },
  );
  const peer = { command: 'ssh', words: ['-n', ...words, addresses[0], 'docker', 'version'], cwd, env };
  const one = duel(belt('docker', 'version'), peer, { runs: quick ? 5 : 31 });
  if (one[0].stdout !== one[1].stdout)
    throw new Error('belt docker version and ssh … docker version print different things');
  return [all, one];
}
