import { expect, test } from 'vitest';
import { challengeOf } from '../../../src/registry/verify.ts';

test.each<[string, object | undefined]>([
  [
    'Bearer realm="https://auth.example/token",service="registry"',
    { scheme: 'bearer', realm: 'https://auth.example/token', service: 'registry' },
  ],
  // Gitea: a second scheme with a realm of its own.
  [
    'Bearer realm="https://git.example/v2/token",service="container_registry",scope="*", Basic realm="Gitea Container Registry"',
    { scheme: 'bearer', realm: 'https://git.example/v2/token', service: 'container_registry', scope: '*' },
  ],
  ['Basic realm="x"', { scheme: 'basic', realm: 'x' }],
  ['', undefined],
])('%s', (text, expected) => {
  const found = challengeOf({ headers: { 'www-authenticate': text } });
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});
