import { describe, expect, test } from 'vitest';
import { matches } from '../../../src/commands/account/listing.ts';
import { regionsCell } from '../../../src/commands/account/regions-cell.ts';

test.each([
  ['1gb', ['s-1vcpu-1gb', undefined], true],
  ['1GB', ['s-1vcpu-1gb'], true],
  ['ubuntu', ['18153887', 'Ubuntu docker'], true],
  ['s-*-1gb', ['s-1vcpu-1gb'], true],
  ['1vcpu*', ['s-1vcpu-1gb'], false],
  ['s-?vcpu-1gb', ['s-16vcpu-1gb'], false],
  ['s.1vcpu', ['s-1vcpu-1gb'], false],
  ['', ['anything'], true],
  ['x', [undefined], false],
] as const)('%j in %j: %s', (filter, texts, expected) => {
  expect(matches(filter, texts)).toBe(expected);
});

describe('the regions of something', () => {
  const everywhere = ['ams3', 'fra1', 'nyc1', 'nyc2', 'sgp1', 'syd1', 'tor1'].map((slug) => ({ slug }));
  test.each([
    [undefined, ''],
    [[], 'none'],
    [['sgp1', 'ams3'], 'ams3, sgp1'],
    [['ams3', 'fra1', 'nyc1', 'nyc2', 'sgp1', 'syd1', 'tor1', 'new9'], 'all'],
    [['ams3', 'fra1', 'nyc1', 'sgp1', 'tor1'], 'not nyc2, syd1'],
    [['ams3', 'fra1', 'nyc1'], 'ams3, fra1, nyc1'],
  ])('%j is %j', (regions, expected) => {
    expect(regionsCell(regions, everywhere)).toBe(expected);
  });

  test('in an account of one region an exception is no shorter', () => {
    expect(regionsCell(['new9'], [{ slug: 'ams3' }])).toBe('new9');
  });
});
