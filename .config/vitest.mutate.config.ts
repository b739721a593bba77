// The tests that mutants are run against: those that need no process of their own.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  define: { BELT_VERSION: '"0.0.0-test"' },
  test: {
    root,
    environment: 'node',
    deps: { interopDefault: false },
    include: process.env['MUTATE_TESTS']!.split(' '),
    // Minutes of seeded races.
    exclude: ['test/unit/provision/create/races.test.ts'],
    // A busy machine is not what is tested.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 8_000, interval: 10 } },
  },
});
