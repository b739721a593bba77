import { afterAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
afterAll(() => w.end());

test('belt version', async () => {
  expect(await w.belt('version')).toEqual({ code: 0, stdout: '0.0.0-test\n', stderr: '' });
  expect(await w.belt('version --json')).toEqual({ code: 0, stdout: '{\n  "version": "0.0.0-test"\n}\n', stderr: '' });
});
