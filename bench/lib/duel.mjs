// Two commands timed in turn, so that whatever else the machine does hits both.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const WARM_UP = 3;
/** The unit of times in /proc, on every platform that Linux runs on today. */
const TICK_MS = 10;

/**
 * Runs ABAB…, `runs` times each after a warm-up. Gives each side's median in ms, that of its processor time (where Linux tells
 * it), and its last output.
 */
export function duel(a, b, { runs, warmUp = WARM_UP }) {
  const sides = [a, b].map((side) => ({ ...side, times: [], cpuTimes: [] }));
  for (let round = -warmUp; round < runs; round++) {
    for (const side of sides) {
      const before = childrenMs();
      const ms = time(side);
      if (round < 0) continue;
      side.times.push(ms);
      side.cpuTimes.push(childrenMs() - before);
    }
  }
  return sides.map(({ times, cpuTimes, stdout }) => ({
    ms: median(times),
    cpuMs: median(cpuTimes),
    stdout,
    fastest: Math.min(...times),
  }));
}

/** User and system time of the processes that were started here and have ended, their own included (proc(5), cutime and cstime). */
function childrenMs() {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const [, fields] = readFileSync('/proc/self/stat', 'utf8').split(') ');
  const [cutime, cstime] = fields.split(' ').slice(13, 15).map(Number);
  return (cutime + cstime) * TICK_MS;
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
