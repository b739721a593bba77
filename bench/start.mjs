// How fast belt starts: `--version` and `--help`, whole process, against the emptiest program that Node can run.
import { duel } from './lib/duel.mjs';
import { compared } from './lib/table.mjs';
import { BELT, cleanEnv } from './lib/world.mjs';

const PEERS = 'doctl 16 ms*, docker-machine 6 ms*';

export async function run({ quick, say }) {
  const runs = quick ? 5 : 41;
  const empty = { command: process.execPath, words: ['-e', '0'], env: cleanEnv() };
  return [
    { option: '--version', most: 1.2 },
    { option: '--help', most: 1.3 },
  ].map(({ option, most }) => {
    say(`belt ${option} and node -e 0, ${runs} times each`);
    const [own, peer] = duel({ ...empty, words: [BELT, option] }, empty, { runs });
    if (own.stdout === '') throw new Error(`belt ${option} printed nothing`);
    return compared({ what: `belt ${option}`, own, peer, name: 'node -e 0', most, beside: PEERS });
  });
}
