import { expect, test } from 'vitest';
import { readJump } from '../../../src/config/jump.ts';

test.each([
  ['@manager', { kind: 'manager' }],
  ['node1', { kind: 'node', name: 'node1' }],
  ['deploy@bastion.example', { kind: 'host', user: 'deploy', address: 'bastion.example', port: 22 }],
  ['deploy@203.0.113.1:2222', { kind: 'host', user: 'deploy', address: '203.0.113.1', port: 2222 }],
  ['deploy@[2001:db8::1]:22', { kind: 'host', user: 'deploy', address: '2001:db8::1', port: 22 }],
])('%s', (text, jump) => {
  expect(readJump(text)).toEqual(jump);
});

test.each([
  '',
  '@worker',
  '@',
  '-oProxyCommand=x@host',
  'deploy@-oProxyCommand=x',
  'deploy@host:0',
  'deploy@host:99999',
  'deploy@[::g]',
  'deploy@a b',
  'de ploy@host',
  'deploy@host;id',
])('%j is none', (text) => {
  expect(readJump(text)).toBe(undefined);
});
