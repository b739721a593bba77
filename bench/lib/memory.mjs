// The peak memory of a process, while it runs.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const EVERY_MS = 50;

/** Watches a process; the function that it gives ends that and tells the most that was seen, in MB. */
export function watchMemory(pid) {
  let peakKiB = 0;
  const saw = (kib) => {
    peakKiB = Math.max(peakKiB, kib || 0);
  };
  const look = existsSync('/proc/self/status') ? () => saw(highWaterKiB(pid)) : () => residentKiB(pid, saw);
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    return (peakKiB * 1024) / 1e6;
  };
}

/** Linux keeps the peak itself (proc(5), VmHWM): nothing between two looks is missed. */
function highWaterKiB(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

function residentKiB(pid, saw) {
  execFile('ps', ['-o', 'rss=', '-p', String(pid)], (_error, stdout) => saw(Number(stdout)));
}
