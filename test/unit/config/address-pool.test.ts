import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DOCKER_BRIDGES, overlaps, poolBeside, rangeBeside } from '../../../src/config/cluster/address-pool.ts';

test.each([
  ['10.104.0.0/20', '10.0.0.0/8', true],
  ['10.104.0.0/20', '10.104.15.0/24', true],
  ['10.104.0.0/20', '10.104.16.0/24', false],
  ['10.104.0.0/20', '10.104.0.0/20', true],
  ['10.104.9.9/20', '10.104.3.3/20', true],
  ['172.16.0.0/12', '172.17.0.0/16', true],
  ['fd00::/8', '10.0.0.0/8', false],
])('whether %s and %s overlap: %s', (one, other, yes) => {
  expect([overlaps(one, other), overlaps(other, one)]).toEqual([yes, yes]);
});

test('whatever the VPC, the pool overlaps neither it nor networks of Docker', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const vpc = fc.tuple(octet, octet, octet, fc.integer({ min: 16, max: 28 }));
  fc.assert(
    fc.property(vpc, ([b, c, d, bits]) => {
      const range = `10.${b}.${c}.${d}/${bits}`;
      const pool = poolBeside(`10.${b}.${c}.${d}`);
      expect([range, ...DOCKER_BRIDGES].filter((other) => overlaps(pool, other))).toEqual([]);
    }),
  );
});

test.each<[string[], string | undefined]>([
  [[], '10.100.0.0/20'],
  [['10.100.0.0/19', '10.100.48.0/24'], '10.100.32.0/20'],
  [['10.0.0.0/8'], '172.19.0.0/20'],
  [['10.0.0.0/8', '172.16.0.0/12'], '192.168.0.0/20'],
  [['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], undefined],
])('beside %j a new VPC is %s', (others, range) => {
  expect(rangeBeside(others)).toBe(range);
});
