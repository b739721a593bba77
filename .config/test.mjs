// `npm test`: the quick tests, then those that start processes and those on real engines side by side, for both mostly wait.
// With words, they are vitest's, and it is one run.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(root, 'node_modules/vitest/vitest.mjs');
const words = process.argv.slice(2);

/** Starts vitest; its output goes to `stdout`, or here. Gives how it ends. */
function vitest(args, stdout = 'inherit') {
  const stdio = ['ignore', stdout, stdout];
  const child = spawn(process.execPath, [VITEST, 'run', '--config', '.config/vitest.config.ts', ...args], {
    cwd: root,
    stdio,
  });
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))) };
}

const projects = (...names) => names.flatMap((name) => ['--project', name]);

async function all() {
  const quick = await vitest(projects('unit', 'commands', 'contract')).ended;
  const folder = mkdtempSync(join(tmpdir(), 'belt-tests-'));
  const file = join(folder, 'engine');
  try {
    const engine = vitest(projects('engine'), 'pipe');
    const kept = createWriteStream(file);
    for (const stream of [engine.child.stdout, engine.child.stderr]) stream.pipe(kept, { end: false });
    const processes = await vitest(projects('e2e')).ended;
    console.log('\nthe tests on real engines have been running meanwhile:');
    // What was kept so far, then what is still to come.
    for (const stream of [engine.child.stdout, engine.child.stderr]) stream.unpipe(kept);
    await new Promise((resolve) => kept.end(resolve));
    await new Promise((resolve) => createReadStream(file).on('end', resolve).pipe(process.stdout, { end: false }));
    for (const stream of [engine.child.stdout, engine.child.stderr]) stream.pipe(process.stdout, { end: false });
    return Math.max(quick, processes, await engine.ended);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = words.length > 0 ? await vitest(words).ended : await all();
