import { afterEach, describe, expect, test, vi } from 'vitest';
import { colours, wantsColour } from '../../../src/output/colours.ts';

describe('colour', () => {
  const terminal = { terminal: true, env: {}, refused: false };

  test.each([
    ['on a terminal', terminal, true],
    ['in a pipe', { ...terminal, terminal: false }, false],
    ['with --no-color', { ...terminal, refused: true }, false],
    ['with NO_COLOR', { ...terminal, env: { NO_COLOR: '1' } }, false],
    ['with NO_COLOR set to nothing, which is as if it were not set', { ...terminal, env: { NO_COLOR: '' } }, true],
    ['in a pipe, with FORCE_COLOR', { ...terminal, terminal: false, env: { FORCE_COLOR: '1' } }, true],
    ['with FORCE_COLOR=0', { ...terminal, env: { FORCE_COLOR: '0' } }, false],
    ['with NO_COLOR and FORCE_COLOR', { ...terminal, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
    ['with --no-color and FORCE_COLOR', { ...terminal, refused: true, env: { FORCE_COLOR: '1' } }, false],
    ['on a terminal that has none', { ...terminal, env: { TERM: 'dumb' } }, false],
  ])('%s', async (_where, wish, wanted) => {
    expect(wantsColour(wish)).toBe(wanted);
    expect((await colours(wish)).red('x')).toBe(wanted ? '\x1b[31mx\x1b[39m' : 'x');
  });

  describe('words that are not belt’s own do not count', () => {
    const { argv } = process;
    afterEach(() => {
      process.argv = argv;
      vi.unstubAllEnvs();
    });

    test('such as --color for the command that runs on a node', async () => {
      process.argv = [...argv, '--color'];
      vi.stubEnv('FORCE_COLOR', '3');
      expect((await colours({ ...terminal, terminal: false })).bold('x')).toBe('x');
    });
  });
});
