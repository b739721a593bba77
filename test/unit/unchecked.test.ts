import { expect, test } from 'vitest';
import { uncheckedLines } from '../../.config/unchecked.ts';

test('what was skipped is said with the way to have it run, and nothing where all ran', () => {
  expect(
    uncheckedLines([
      { file: 'test/contract/a.test.ts', count: 3 },
      { file: 'test/contract/b.test.ts', count: 2 },
      { file: 'test/unit/x.test.ts', count: 1 },
      { file: 'test/unit/y.test.ts', count: 0 },
      { file: 'test/e2e/engine/z.test.ts', count: 4 },
    ]),
  ).toEqual([
    "not checked: 5 tests against DigitalOcean's API description (set BELT_OPENAPI to its openapi.json)",
    'not checked: 1 test in test/unit/x.test.ts (this machine or user cannot run them)',
    'not checked: 4 tests on real engines (as root on Linux; what is missing: node bin/belt.js sandbox doctor)',
  ]);
  expect(uncheckedLines([{ file: 'test/unit/y.test.ts', count: 0 }])).toEqual([]);
});
