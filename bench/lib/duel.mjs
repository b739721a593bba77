// Two commands timed in turn, so that whatever else the machine does hits both.
import { spawnSync } from 'node:child_process';

const WARM_UP = 3;

/** Runs ABAB…, `runs` times each after a warm-up. Gives each side's median in ms and its last output. */
export function duel(a, b, { runs }) {
  const sides = [a, b].map((side) => ({ ...side, times: [] }));
  for (let round = -WARM_UP; round < runs; round++) {
    for (const side of sides) {
      const ms = time(side);
      if (round >= 0) side.times.push(ms);
    }
  }
  return sides.map(({ times, stdout }) => ({ ms: median(times), stdout, fastest: Math.min(...times) }));
}

/** The whole process, from before it is spawned until it has ended and its output is read. */
function time(side) {
  const { command, words, cwd, env } = side;
  const startNs = process.hrtime.bigint();
  const { status, signal, error, stdout, stderr } = spawnSync(command, words, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ms = Number(process.hrtime.bigint() - startNs) / 1e6;
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${status ?? signal}: ${stderr}`);
  side.stdout = String(stdout);
  return ms;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
