// That each command has a test here that types its words.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';

/** It downloads and builds a system for minutes, as root; of its layers is test/unit/images. */
const ELSEWHERE = ['sandbox image build'];

const folder = import.meta.dirname;
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));

/** Given to belt as they stand, behind belt's own options at most. */
const types = (words: string) =>
  new RegExp(`\\.(belt|start)\\(\\s*\\[?['"\`](--?\\S+ )*${words.replaceAll(' ', "( |', ')")}(?![\\w-])`);

test('each command is typed in a test of this folder', () => {
  const typed = Object.keys(COMMANDS).filter((words) => tests.some((text) => types(words).test(text)));
  expect(typed.length).toBeGreaterThan(30);
  // One that got its test is no exception any longer.
  const missing = Object.keys(COMMANDS).filter((words) => !typed.includes(words));
  expect(missing, "each needs a test/commands/NAME.test.ts that says w.belt('NAME …')").toEqual(ELSEWHERE);
});
