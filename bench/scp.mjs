// `belt scp` of a big file, against OpenSSH's scp: to one node, and to eight at once from one read.
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { duel } from './lib/duel.mjs';
import { inFleet, sshWords } from './lib/fleet.mjs';
import { compared, limited } from './lib/table.mjs';
import { BELT } from './lib/world.mjs';

const AT_ONCE = 8;
const MOST_MB = 150;
const MIB = 1024 * 1024;

export function run({ quick, say }) {
  const mib = quick ? 32 : 1024;
  return inFleet({ quick: true, say }, async ({ world, addresses, near: port }) => {
    const source = join(world.cwd, 'big');
    fill(source, mib);
    const env = { ...world.env, DIGITALOCEAN_SSH_PORT: port };
    world.env.DIGITALOCEAN_SSH_PORT = port;
    const { cwd } = world;
    // Each sshd here has the same disk: a file that is there already would not be sent.
    const target = (who) => join(cwd, `to-${who}`);
    const fresh = (who, command) => ({
      command: 'sh',
      words: ['-c', `rm -f "$0"; exec "$@"`, target(who), ...command],
      cwd,
      env,
    });
    say(`${mib} MiB to one node by belt scp and by scp, in turn`);
    // In scp these letters mean something else.
    const words = sshWords(world, port).filter((word) => word !== '-n' && word !== '-T');
    const login = words.splice(words.indexOf('-p')).at(-1);
    const [own, peer] = duel(
      fresh('belt', [process.execPath, BELT, 'scp', source, `node1:${target('belt')}`]),
      fresh('scp', ['scp', '-q', ...words, '-P', port, source, `${login}@${addresses[0]}:${target('scp')}`]),
      { runs: quick ? 1 : 5, warmUp: quick ? 0 : 1 },
    );
    const rows = [compared({ what: `belt scp, ${mib} MiB to one node`, own, peer, name: 'scp', most: 1.2 })];
    say(`${mib} MiB to ${AT_ONCE} nodes at once`);
    // All nodes are this machine: each writes to a temporary file of its own, and renames it to the same name.
    rmSync(target('belt'), { force: true });
    const end = await world.belt(['scp', source, `node[1:${AT_ONCE}]:${target('belt')}`]);
    const what = `belt scp, ${mib} MiB to ${AT_ONCE} nodes at once: memory`;
    rows.push(limited({ what, measured: end.peakMB, limit: MOST_MB }, (mb) => `${mb.toFixed(0)} MB`));
    return rows;
  });
}

/** What no compression or sparse file makes smaller. */
function fill(path, mib) {
  const file = openSync(path, 'w');
  const bytes = randomBytes(MIB);
  for (let n = 0; n < mib; n++) {
    bytes.writeUInt32LE(n);
    writeSync(file, bytes);
  }
  closeSync(file);
}
