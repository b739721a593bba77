// What docker build is told, and which arguments it cannot be told without becoming another docker.
import { expect, test } from 'vitest';
import type { DesiredService } from '../../../src/compose/desired.ts';
import { checkArgs } from '../../../src/stack/build.ts';

const at = { file: 'compose.yaml', line: 4, column: 12 };
const check = (args: Record<string, string>, env: Record<string, string> = {}) =>
  checkArgs({ env }, { name: 'web', at, build: { context: '/app', args } } as unknown as DesiredService);

test.each([
  ...[
    'PATH',
    'HOME',
    'DOCKER_HOST',
    'DOCKER_CONFIG',
    'BUILDX_BUILDER',
    'BUILDKIT_HOST',
    'HTTPS_PROXY',
    'no_proxy',
    'TMPDIR',
  ],
  ...['USER', 'SSH_AUTH_SOCK', 'XDG_CONFIG_HOME', 'LD_PRELOAD', 'GODEBUG', 'SSL_CERT_FILE', 'GIT_DIR'],
])('the argument %s is refused', (name) => {
  expect(() => check({ VERSION: '1', [name]: 's3cr3t' })).toThrow(
    `compose.yaml:4:12: web: build.args.${name} cannot be given to docker build without changing docker itself, which reads ${name} too`,
  );
  expect(() => check({ [name]: 's3cr3t' })).toThrow(/^(?!.*s3cr3t)/);
  expect(() => check({ [name]: 'other' }, { [name]: 'mine' })).toThrow('build.args');
});

test('what docker reads as it is there is no change', () => {
  check({ USER: 'ann', HTTP_PROXY: 'http://proxy:3128' }, { USER: 'ann', HTTP_PROXY: 'http://proxy:3128' });
});

test.each([
  'VERSION',
  'TOKEN',
  'GOPROXY_URL',
  'BUILDKIT_INLINE_CACHE',
  'SOURCE_DATE_EPOCH',
  'NODE_ENV',
  'ENV',
  'GIT_SHA',
  'GO_VERSION',
  'TZ',
  'APP_HOME',
  'UID',
])('the argument %s is the Dockerfile’s own', (name) => check({ [name]: 'x' }));
