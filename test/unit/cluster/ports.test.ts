import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, minus, withoutPort, withPort } from '../../../src/cluster/ports.ts';
import type { OpenPort } from '../../../src/config/cluster/types.ts';

const tcp = (first: number, last = first): OpenPort => ({ first, last, protocol: 'tcp' });

test('a port in the middle of a range splits it', () => {
  expect(withoutPort([tcp(8000, 8010)], tcp(8005))).toEqual([tcp(8000, 8004), tcp(8006, 8010)]);
  expect(withoutPort([tcp(8000, 8010)], { ...tcp(8005), protocol: 'udp' })).toEqual([tcp(8000, 8010)]);
});

test('a range takes in what it covers; what is covered adds nothing', () => {
  expect(withPort([tcp(80), tcp(8005)], tcp(8000, 8010))).toEqual([tcp(80), tcp(8000, 8010)]);
  expect(withPort([tcp(8000, 8010)], tcp(8005))).toEqual([tcp(8000, 8010)]);
  expect(withPort([tcp(8000, 8004), tcp(8005, 8010)], tcp(8003, 8006))).toHaveLength(2);
});

/** Small numbers, so that ranges touch and overlap. */
const port = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 4 }), fc.constantFrom('tcp', 'udp'))
  .map(([first, more, protocol]): OpenPort => ({ first, last: first + more, protocol: protocol as 'tcp' }));
const ports = fc.array(port, { maxLength: 6 });
const all = Array.from({ length: 16 }, (_, n) => n + 1).flatMap((n) => [`${n}/tcp`, `${n}/udp`]);
const set = (some: readonly OpenPort[]) =>
  all.filter((name) =>
    some.some(({ first, last, protocol }) => {
      const [n, kind] = name.split('/');
      return protocol === kind && first <= Number(n) && Number(n) <= last;
    }),
  );

test('they are sets of ports', () => {
  fc.assert(
    fc.property(ports, port, (some, one) => {
      const [own, given] = [new Set(set([one])), set(some)];
      expect(set(withPort(some, one))).toEqual(all.filter((name) => own.has(name) || given.includes(name)));
      expect(set(withoutPort(some, one))).toEqual(given.filter((name) => !own.has(name)));
      expect(withPort(withPort(some, one), one)).toEqual(withPort(some, one));
      const alike = some.filter(({ protocol }) => protocol === one.protocol);
      expect(covers(alike, one)).toBe([...own].every((name) => given.includes(name)));
      expect(minus(alike, alike)).toEqual([]);
    }),
  );
});
