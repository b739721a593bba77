import { describe, expect, it } from 'vitest';
import { contentName, parseName, partialName, readName } from '../../../src/images/reference.ts';

describe('the name of an image', () => {
  it.each([
    ['app', 'app:latest', 'docker.io/library/app:latest', 'app'],
    ['app:1.2', 'app:1.2', 'docker.io/library/app:1.2', 'app'],
    ['me/app:1', 'me/app:1', 'docker.io/me/app:1', 'me/app'],
    ['docker.io/library/app:1', 'app:1', 'docker.io/library/app:1', 'app'],
    ['index.docker.io/me/app', 'me/app:latest', 'docker.io/me/app:latest', 'me/app'],
    ['ghcr.io/me/app:1', 'ghcr.io/me/app:1', 'ghcr.io/me/app:1', 'me/app'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app:latest', 'app'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app:latest', 'app'],
  ])('%s', (text, shown, full, path) => {
    expect(parseName(text)).toMatchObject({ shown, full, path });
  });

  it.each([
    '',
    'App',
    'app:',
    'app:a b',
    '-app',
    'app@sha256:00',
    'a//b',
    'app:1\n',
    '../x',
    'x?y=1',
    `a${'b'.repeat(300)}`,
  ])('%j is none', (text) => {
    expect(parseName(text)).toBeUndefined();
    expect(() => readName(text)).toThrow('invalid image name');
  });

  it('by content is at an address where nobody answers', () => {
    const name = contentName(readName('ghcr.io/me/app:1'), `sha256:${'ab'.repeat(32)}`);
    expect(name).toMatchObject({
      shown: '127.0.0.1:1/me/app:abababababababababab',
      full: '127.0.0.1:1/me/app:abababababababababab',
    });
    expect(partialName(name, 3).shown).toBe('127.0.0.1:1/me/app:abababababababababab-first-3');
  });
});
