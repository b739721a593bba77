import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const shared = { root, environment: 'node' as const, globalSetup: [] };

/** unit: pure rooms, seconds. contract: belt and the sandbox against the API description. e2e: the real command as a process. */
export default defineConfig({
  define: { BELT_VERSION: '"0.0.0-test"' },
  test: {
    root,
    projects: [
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 },
      },
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: { ...shared, name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        define: { BELT_VERSION: '"0.0.0-test"' },
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
