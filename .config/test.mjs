// `npm test`: the quick tests, then those that start processes and those on real engines side by side, for both mostly wait.
// With words, they are vitest's, and it is one run. In CI, a file of which something failed is run once more (once-more.mjs).
import { spawn } from 'node:child_process';
import { appendFileSync, createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onceMore } from './once-more.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(root, 'node_modules/vitest/vitest.mjs');
const words = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'belt-tests-'));
let started = 0;

/** Starts vitest; its output goes to `stdout`, or here. Gives how it ends, and what failed. */
function vitest(args, stdout = 'inherit') {
  const file = join(folder, `failures-${++started}`);
  const child = spawn(process.execPath, [VITEST, 'run', '--config', '.config/vitest.config.ts', ...args], {
    cwd: root,
    stdio: ['ignore', stdout, stdout],
    env: { ...process.env, BELT_TEST_FAILURES: file },
  });
  const ended = new Promise((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? 1, failures: readFailures(file) })),
  );
  return { child, ended };
}

/** Nothing, where vitest did not come to its end. */
function readFailures(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const projects = (...names) => names.flatMap((name) => ['--project', name]);

async function all() {
  const quick = await vitest(projects('unit', 'commands', 'contract')).ended;
  const file = join(folder, 'engine');
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
  return [quick, processes, await engine.ended];
}

async function alone({ project, file }) {
  console.log(`\nonce more, alone: ${file}`);
  return (await vitest([...projects(project), file]).ended).code;
}

try {
  const runs = words.length > 0 ? [await vitest(words).ended] : await all();
  if (process.env.CI) {
    const { code, lines } = await onceMore(runs, alone);
    if (lines.length > 0) console.log(`\n${lines.join('\n')}`);
    // Where CI shows them once more, after all that comes later.
    const notes = process.env.BELT_TEST_NOTES;
    if (notes) for (const line of lines) appendFileSync(notes, `${line}\n`);
    process.exitCode = code;
  } else {
    process.exitCode = Math.max(...runs.map(({ code }) => code));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
