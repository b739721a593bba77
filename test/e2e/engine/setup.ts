// Before the tests on engine hosts: whether they can run on this machine. Where CI=true they have to.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { diagnose } from '../../../src/sandbox/engine-hosts/doctor/findings.ts';
import { probe } from '../../../src/sandbox/engine-hosts/doctor/probe.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The tests on engine hosts are left out. */
    withoutEngines: boolean;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  const { obstacles } = diagnose(await probe(join(tmpdir(), 'belt-engine-probe')));
  const withoutEngines = obstacles.length > 0 && process.env['CI'] !== 'true';
  provide('withoutEngines', withoutEngines);
  if (!withoutEngines) return;
  process.stderr.write(
    `skipped: the tests on engine hosts: ${obstacles.join('; ')} — \`belt sandbox doctor\` says what to install; then: sudo npm test\n`,
  );
}
