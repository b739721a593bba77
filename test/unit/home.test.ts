import os from 'node:os';
import { expect, test } from 'vitest';
import { homeFolder } from '../../src/home.ts';

test('an absolute HOME is the home', () => {
  expect(homeFolder({ HOME: '/home/ann' })).toBe('/home/ann');
});

test.each([undefined, ''])('HOME=%j: the one of the passwd entry, never the current folder', (HOME) => {
  expect(homeFolder({ HOME })).toBe(os.userInfo().homedir);
});

test.each(['.', 'here', './x', '~'])(
  'HOME=%s would make a folder that came from elsewhere the trusted home',
  (HOME) => {
    expect(() => homeFolder({ HOME })).toThrow(`HOME=${JSON.stringify(HOME)} is not an absolute path`);
  },
);
