import { expect, test } from 'vitest';
import { parseYaml } from '../../../src/config/yaml-document.ts';

test.each([
  ['a: {b: 1\n', '2:1: the "{" that begins before this is not closed, or what is in it is not indented'],
  ['a:\n  b: 1\n   c: 2\n', '2:6: a key cannot begin here: check the indentation, or quote a text that has ": " in it'],
  ["a: 'x\n", "2:1: a text that begins with ' is not closed"],
  ['a: 1\nb\n', '2:1: a key without ":" after it'],
  ['a: @x\n', '1:4: a text that begins with @ needs quotes'],
  ['- a\nb: 1\n', '2:1: this does not belong here: check the indentation, brackets and quotes'],
  ['a:\n  - b\n c: 1\n', '3:1: this is not indented like the lines that it belongs to'],
  ['a: "\\q"\n', '1:5: in double quotes \\ begins an escape: write \\\\, or use single quotes'],
])('%j', (text, words) => {
  expect(() => parseYaml({ text, shown: 'f' })).toThrow(`f:${words}`);
});
