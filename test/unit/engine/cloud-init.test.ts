import { describe, expect, test } from 'vitest';
import { cloudInitWords, complaintsIn } from '../../../src/engine/cloud-init.ts';

/** As cloud-init 25.1 writes it. */
const STATUS = JSON.stringify({
  v1: {
    datasource: 'DataSourceDigitalOcean',
    stage: null,
    init: {
      errors: [],
      recoverable_errors: { WARNING: ["Failed at merging in cloud config part from 'part-002'"] },
      start: 1,
      finished: 2,
    },
    'modules-config': {
      errors: [],
      recoverable_errors: { DEPRECATED: ['The chpasswd multiline\n  string is deprecated', 'a'], WARNING: ['b'] },
    },
    'modules-final': {
      errors: ["('scripts_user', RuntimeError('Runparts: 1 failures in 2 attempted commands'))"],
      recoverable_errors: {},
    },
  },
});

describe('what cloud-init complains of', () => {
  test('its errors, where it failed', () => {
    expect(complaintsIn(STATUS, 'error')).toEqual([
      "('scripts_user', RuntimeError('Runparts: 1 failures in 2 attempted commands'))",
    ]);
  });

  test('what it calls recoverable, each with its level, where it went on', () => {
    expect(complaintsIn(STATUS, 'degraded')).toEqual([
      "WARNING: Failed at merging in cloud config part from 'part-002'",
      'DEPRECATED: The chpasswd multiline string is deprecated',
      'DEPRECATED: a',
      'WARNING: b',
    ]);
  });

  test.each(['', 'Please wait', '{"v1": null}', '{"v1": {"init": {"errors": "none"}}}', '[]'])(
    'of %j nothing',
    (text) => {
      expect(complaintsIn(text, 'error')).toEqual([]);
    },
  );
});

describe('in words', () => {
  test.each<[Parameters<typeof cloudInitWords>[0], string | undefined]>([
    [{ end: 'done', complaints: [] }, undefined],
    [{ end: 'error', complaints: [] }, 'cloud-init finished with an error (see `cloud-init status --long` there)'],
    [
      { end: 'error', complaints: ['x'] },
      'cloud-init finished with an error: x (see `cloud-init status --long` there)',
    ],
    [
      { end: 'degraded', complaints: ['WARNING: a', 'WARNING: b', 'c', 'd', 'e'] },
      'cloud-init finished with warnings: WARNING: a; WARNING: b; c; and 2 more (see `cloud-init status --long` there)',
    ],
    [
      { end: 'degraded', complaints: ['x'.repeat(201)] },
      `cloud-init finished with warnings: ${'x'.repeat(199)}… (see \`cloud-init status --long\` there)`,
    ],
  ])('%j', (ended, words) => {
    expect(cloudInitWords(ended)).toBe(words);
  });
});
