import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { FailuresReporter } from './failures.ts';
import { Unchecked } from './unchecked.ts';

// Not URL.pathname: a space in it would be %20, and no test be found.
const root = fileURLToPath(new URL('..', import.meta.url));
// CommonJS packages as Node itself imports them.
// The times in which something has to end are for hangs: a test that works takes a fraction of them, on a busy machine too.
const shared = {
  root,
  environment: 'node' as const,
  globalSetup: [],
  deps: { interopDefault: false },
  expect: { poll: { timeout: 60_000, interval: 10 } },
};

/** unit: pure rooms, seconds. commands: words in, output out, in this process. contract: belt and the sandbox against the API description. e2e: the real command as a process. engine: on real engines, as root. */
export default defineConfig({
  define: { BELT_VERSION: '"0.0.0-test"' },
  test: {
    root,
    // What was compiled for one run serves the next: half the time of a run of one file.
    experimental: { fsModuleCache: true },
    reporters: ['default', new Unchecked(), new FailuresReporter()],
    projects: [
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: {
          ...shared,
          name: 'unit',
          setupFiles: ['test/support/as-in-main.ts'],
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Half the time of a process and a module registry a file; no test changes what another sees.
          pool: 'forks',
          isolate: false,
          // One more than cores are free: some tests wait for real time.
          maxWorkers: 1 + Math.max(2, availableParallelism() - 1),
        },
      },
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: {
          ...shared,
          name: 'commands',
          setupFiles: ['test/support/as-in-main.ts'],
          include: ['test/commands/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // As the unit tests: what a command has of the world is handed to it.
          pool: 'forks',
          isolate: false,
          maxWorkers: 1 + Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 1 },
        },
      },
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: {
          ...shared,
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 3 },
          // As many as there are cores, beside the tests on real engines, which take longer.
          maxWorkers: 2,
        },
      },
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: {
          ...shared,
          name: 'engine',
          include: ['test/e2e/engine/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 4 },
          // Swarm mostly waits: three of these files at once take 0.38 of the time of one after the other, on 2 cores.
          maxWorkers: 3,
        },
      },
    ],
  },
});
