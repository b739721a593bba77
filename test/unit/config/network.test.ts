import { describe, expect, test } from 'vitest';
import { isInRanges, portText, readPort, readRange } from '../../../src/config/cluster/network.ts';

describe('a port', () => {
  test.each([
    ['80', '80'],
    ['80/tcp', '80'],
    ['53/udp', '53/udp'],
    ['8000-8010', '8000-8010'],
    ['1-65535/udp', '1-65535/udp'],
    ['80-80', '80'],
  ])('%s', (text, written) => expect(portText(readPort(text)!)).toBe(written));

  test.each(['', '0', '65536', '80-', '-80', '90-80', '80/icmp', '80/', ' 80', '80,443', '8e1', '0x50', '80:80'])(
    '%j is none',
    (text) => expect(readPort(text)).toBe(undefined),
  );
});

describe('a range of addresses', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s', (text, range) => expect(readRange(text)).toBe(range));

  test.each([
    '',
    'office',
    '192.0.2',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/a',
    '::/129',
    '192.0.2.0/24/8',
    '203.0.113.7/0',
    '203.0.113.7/1',
    '2001:db8::/0',
  ])('%j is none', (text) => expect(readRange(text)).toBe(undefined));

  test.each([
    ['192.0.2.7', true],
    ['192.0.3.7', false],
    ['198.51.100.1', true],
    ['2001:db8::9', true],
    ['2001:db9::9', false],
  ])('%s is in some: %s', (address, is) => {
    expect(isInRanges(address, ['192.0.2.0/24', '198.51.100.1/32', '2001:db8::/32'])).toBe(is);
    expect(isInRanges(address, ['0.0.0.0/0', '::/0'])).toBe(true);
    expect(isInRanges(address, [])).toBe(false);
  });
});
