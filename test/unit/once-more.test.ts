import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { onceMore } from '../../.config/once-more.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const file = (name: string, ...tests: string[]) => ({ project: 'e2e', file: name, tests });
const failed = (...files: ReturnType<typeof file>[]) => ({ code: 1, failures: { files, errors: [] } });
const passed = { code: 0, failures: { files: [], errors: [] } };
/** Runs files again that end with these exit codes, and notes which were run. */
function reruns(codes: Readonly<Record<string, number>> = {}) {
  const ran: string[] = [];
  const again = async (one: { file: string }) => {
    ran.push(one.file);
    return codes[one.file] ?? 0;
  };
  return { ran, again };
}

test('where all passed nothing is run again, and nothing said', async () => {
  const { ran, again } = reruns();
  expect(await onceMore([passed, passed], again)).toEqual({ code: 0, lines: [] });
  expect(ran).toEqual([]);
});

test('a file that passes alone is told as flaky, with what had failed', async () => {
  const { ran, again } = reruns();
  expect(await onceMore([passed, failed(file('a.test.ts', 'x > one', 'x > two'))], again)).toEqual({
    code: 0,
    lines: ['flaky: a.test.ts failed once and passed when run again alone: x > one; x > two'],
  });
  expect(ran).toEqual(['a.test.ts']);
});

test('one that fails again fails, whatever the others do', async () => {
  const { ran, again } = reruns({ 'a.test.ts': 1 });
  const runs = [failed(file('a.test.ts', 'one')), failed(file('b.test.ts', 'two'))];
  expect(await onceMore(runs, again)).toEqual({
    code: 1,
    lines: [
      'failed: a.test.ts failed twice, the second time alone; the first time: one',
      'flaky: b.test.ts failed once and passed when run again alone: two',
    ],
  });
  expect(ran).toEqual(['a.test.ts', 'b.test.ts']);
});

test('more than three files are no accident', async () => {
  const { ran, again } = reruns();
  const files = ['a', 'b', 'c', 'd'].map((name) => file(`${name}.test.ts`, 'one'));
  expect(await onceMore([failed(...files.slice(0, 3))], again)).toMatchObject({ code: 0 });
  expect(await onceMore([failed(...files.slice(0, 2)), failed(...files.slice(2))], again)).toEqual({
    code: 1,
    lines: ['not run again: 4 files failed, which is no accident'],
  });
  expect(ran).toHaveLength(3);
});

test.each([
  ['an error that belongs to no file', { code: 1, failures: { files: [file('a.test.ts', 'one')], errors: ['oh'] } }],
  ['vitest itself', { code: 1, failures: undefined }],
  ['nothing that is known', { code: 1, failures: { files: [], errors: [] } }],
])('a failure of %s stays one', async (_what, run) => {
  const { ran, again } = reruns();
  expect(await onceMore([run, failed(file('b.test.ts', 'two'))], again)).toEqual({
    code: 1,
    lines: ['not run again: something failed that belongs to no file of tests'],
  });
  expect(ran).toEqual([]);
});

test('vitest says which files failed: by a test, before the tests, on its way in, and outside of any test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belt-once-more-'));
  try {
    const files = {
      good: `test('good', () => {});`,
      bad: `describe('a', () => { test('bad', () => { throw new Error('no'); }); test('good', () => {}); });`,
      before: `describe('b', () => { beforeAll(() => { throw new Error('no'); }); test('x', () => {}); });`,
      import: `throw new Error('no');`,
      outside: `test('good', async () => { void Promise.reject(new Error('nobody waits')); await new Promise((done) => setTimeout(done, 50)); });`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.test.ts`), text);
    const config = `import { FailuresReporter } from '${ROOT}.config/failures.ts';
export default { test: { name: 'unit', globals: true, reporters: [new FailuresReporter()] } };`;
    writeFileSync(join(folder, 'vitest.config.ts'), config);
    const written = join(folder, 'failures');
    const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run'], {
      cwd: folder,
      env: { ...process.env, BELT_TEST_FAILURES: written },
    });
    expect(status).toBe(1);
    const { files: told, errors } = JSON.parse(readFileSync(written, 'utf8'));
    expect(told.toSorted((a: { file: string }, b: { file: string }) => (a.file < b.file ? -1 : 1))).toEqual([
      { project: 'unit', file: 'bad.test.ts', tests: ['a > bad'] },
      { project: 'unit', file: 'before.test.ts', tests: ['before or after b'] },
      { project: 'unit', file: 'import.test.ts', tests: ['the file itself'] },
      { project: 'unit', file: 'outside.test.ts', tests: ['outside its tests: nobody waits'] },
    ]);
    expect(errors).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
