import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible, visibleCell, visibleJson, visibleLines } from '../../../src/output/visible.ts';

describe('foreign text', () => {
  test.each([
    ['ESC', '\x1b[2J\x1b[31mred', String.raw`\x1b[2J\x1b[31mred`],
    ['OSC 52, which writes the clipboard', '\x1b]52;c;ZWNobw==\x07', String.raw`\x1b]52;c;ZWNobw==\x07`],
    ['a C1 control, which is ESC [ in one', '\x9b2J', String.raw`\x9b2J`],
    ['a return, which writes over the line', 'node1\rnode2', String.raw`node1\rnode2`],
    ['a new line', 'node1\nerror: no', String.raw`node1\nerror: no`],
    ['NUL, backspace and DEL', '\0\b\x7f', String.raw`\x00\x08\x7f`],
    ['text that turns its direction', 'a\u202egnp.exe\u2066b', String.raw`a\u202egnp.exe\u2066b`],
    ['what has no face', 'no\u200bde\ufeff', String.raw`no\u200bde\ufeff`],
    ['tags beyond the first plane', 'a\u{e0041}', String.raw`a\u{e0041}`],
    ['the separators of lines', 'a\u2028b\u2029c', String.raw`a\u2028b\u2029c`],
    ['half a character', 'a\ud800b', String.raw`a\ud800b`],
    ['letters of every script, and emoji', 'Zoë नमस्ते 👩‍👩‍👧 日本', 'Zoë नमस्ते 👩‍👩‍👧 日本'],
  ])('%s', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('a tab tears columns alone', () => {
    expect([visible('a\tb'), visibleCell('a\tb')]).toEqual(['a\tb', String.raw`a\tb`]);
  });

  test('of several lines none but the first begins like one of belt’s own', () => {
    expect(visibleLines('refused\r\nhint: belt rm @all\n\n\x1b[A\n')).toBe(
      'refused\n  hint: belt rm @all\n\n  \\x1b[A',
    );
  });

  test('whatever comes in, nothing that steers a terminal comes out', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const raw = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
    fc.assert(
      fc.property(text, (value) => {
        expect(visible(value)).not.toMatch(raw);
        expect(visibleLines(value).replaceAll('\n', '')).not.toMatch(raw);
      }),
    );
  });

  test('JSON stays the same JSON', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, (value) => {
        const json = visibleJson(JSON.stringify({ [value]: [value] }, null, 2));
        expect(JSON.parse(json)).toEqual({ [value]: [value] });
        expect(json.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e\u2066\u2028]/);
      }),
    );
    expect(visibleJson(JSON.stringify('\x9b\u202e\u{e0041}'))).toBe(String.raw`"\u009b\u202e\udb40\udc41"`);
  });
});
