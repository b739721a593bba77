import { describe, expect, test } from 'vitest';
import { masker } from '../../../src/output/mask.ts';

describe('secrets in a text', () => {
  test('are hidden wherever they stand', () => {
    const mask = masker(['dop_v1_abc', undefined, '']);
    expect(mask('dop_v1_abc x dop_v1_abc')).toBe('••• x •••');
    expect(mask('nothing')).toBe('nothing');
  });

  test('join tokens are hidden without being known', () => {
    const token = `SWMTKN-1-${'0123456789'.repeat(5)}-${'abcde'.repeat(5)}`;
    expect(masker([])(`docker swarm join --token ${token} 10.0.0.4:2377`)).toBe(
      'docker swarm join --token SWMTKN-••• 10.0.0.4:2377',
    );
  });

  test('unlock keys are hidden without being known', () => {
    expect(masker([])(`the key SWMKEY-1-${'a+/Z'.repeat(10)}abc.`)).toBe('the key SWMKEY-•••.');
  });

  test('what follows Bearer is hidden', () => {
    expect(masker([])('Authorization: Bearer dop_v1_other\nbearer x')).toBe('Authorization: Bearer •••\nbearer •••');
  });

  test('a token that begins like another leaves nothing of itself behind', () => {
    expect(masker(['dop_v1_a', 'dop_v1_abcdef'])('dop_v1_abcdef dop_v1_a')).toBe('••• •••');
  });

  test('a word too short to be a secret hides nothing', () => {
    expect(masker(['a'])('banana')).toBe('banana');
  });
});
