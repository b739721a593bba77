import { describe, expect, test } from 'vitest';
import { currentSize, isSize } from '../../../src/cloud/sizes.ts';
import { clusterTag, isBelts, ownTags, runOf, runTag } from '../../../src/cloud/tags.ts';
import { SIZES } from '../../../src/sandbox/catalogue/sizes.ts';

describe('sizes', () => {
  test.each([
    ['512mb', 's-1vcpu-512mb-10gb'],
    ['1gb', 's-1vcpu-1gb'],
    ['2GB', 's-1vcpu-2gb'],
    ['4gb', 's-2vcpu-4gb'],
    ['8gb', 's-4vcpu-8gb'],
    ['16gb', 's-8vcpu-16gb'],
    ['c-2', 'c-2'],
    ['constructor', 'constructor'],
  ])('%s is %s today', (written, today) => {
    expect(currentSize(written)).toBe(today);
  });

  test.each(['512mb', '1gb', '2gb', '4gb', '8gb', '16gb'])("the book's %s has at least its memory today", (old) => {
    const size = SIZES.find(({ slug }) => slug === currentSize(old));
    expect(size?.memory).toBe(old === '512mb' ? 512 : Number.parseInt(old, 10) * 1024);
  });

  test('a word is a size when it is offered, or was once', () => {
    expect(isSize('512MB', [])).toBe(true);
    expect(isSize('c-2', [{ slug: 'c-2' }])).toBe(true);
    expect(isSize('c-4', [{ slug: 'c-2' }])).toBe(false);
    expect(isSize('toString', [])).toBe(false);
  });

  test.each([
    ['s-1vcpu-1gb', true],
    ['c2-4vcpu-8gb', true],
    ['node1', false],
    ['node[1:4]', false],
    ['web-a', false],
    ['toString', false],
  ])('before the offer is known, %s looks like one: %s', (word, yes) => {
    expect(isSize(word, undefined)).toBe(yes);
  });
});

describe('tags', () => {
  const tags = ['belt', clusterTag('blue'), runTag('abc-1'), 'web'];

  test('say who made a droplet, for which cluster, in which run', () => {
    expect(tags).toEqual(['belt', 'belt-cluster-blue', 'belt-run-abc-1', 'web']);
    expect(isBelts(tags)).toBe(true);
    expect(isBelts(['belt-like', 'web'])).toBe(false);
    expect(runOf(tags)).toBe('abc-1');
    expect(runOf(['web'])).toBe(undefined);
  });

  test("the user's own are the others", () => {
    expect(ownTags(tags)).toEqual(['web']);
    expect(ownTags(['belt-like'])).toEqual(['belt-like']);
  });
});
