import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '../../src/processes.ts';
import type { RunOptions, Started, World } from './belt.ts';
import { until } from './probe.ts';

/** Starts runs while another one changes the cluster `main`, and does something before they go on. */
export async function meanwhile(
  w: World,
  runs: readonly [words: string, options: RunOptions][],
  change: () => Promise<unknown>,
): Promise<Started[]> {
  const all = readdirSync(w.home, { recursive: true, encoding: 'utf8' });
  const claim = join(w.home, all.find((path) => path.endsWith('changing/main'))!, 'other.json');
  const other = { id: 'other', what: 'belt deploy', since: Date.now(), place: 0, ...thisProcess() };
  writeFileSync(claim, JSON.stringify(other));
  const started = runs.map(([words, options]) => w.start(words, options));
  try {
    await until('they wait', () => started.every((run) => run.so().stderr.includes('waiting for')));
    await change();
  } finally {
    rmSync(claim);
  }
  return started;
}
