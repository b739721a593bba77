import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { Context } from '../../../src/context.ts';
import { Secrets } from '../../../src/output/mask.ts';
import { RegistryAuths, registryOf } from '../../../src/stack/registry-auth.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-auth-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function auths(config: object | string | undefined, helper?: string): { of: RegistryAuths; secrets: Secrets } {
  mkdirSync(join(folder, '.docker'));
  if (config !== undefined) {
    writeFileSync(join(folder, '.docker/config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  }
  if (helper !== undefined) {
    writeFileSync(join(folder, 'docker-credential-test'), `#!/bin/sh\n${helper}\n`);
    chmodSync(join(folder, 'docker-credential-test'), 0o755);
  }
  const secrets = new Secrets();
  const context = {
    env: { PATH: `${folder}:/usr/bin:/bin` },
    home: folder,
    cwd: folder,
    clock: systemClock,
    signal: new AbortController().signal,
    secrets,
    out: { warn: (text: string) => said.push(text) },
  } as unknown as Context;
  return { of: new RegistryAuths(context), secrets };
}

const basic = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['nginx', 'https://index.docker.io/v1/'],
  ['me/app:1', 'https://index.docker.io/v1/'],
  ['ghcr.io/me/app', 'ghcr.io'],
  ['localhost/app', 'localhost'],
  ['r:5000/app@sha256:0', 'r:5000'],
])('the registry of %s is %s', (image, registry) => expect(registryOf(image)).toBe(registry));

test('credentials that the file has, whose password is hidden from then on', async () => {
  const { of, secrets } = auths({ auths: { 'https://ghcr.io/v2/': { auth: basic('me:pass:word') } } });
  expect(await of.of('ghcr.io/me/app')).toEqual({ serveraddress: 'ghcr.io', username: 'me', password: 'pass:word' });
  expect(secrets.hide('so pass:word is')).toBe('so ••• is');
  expect(await of.of('nginx')).toBeUndefined();
  expect(said).toEqual([]);
});

test('no file is no credentials, and no warning', async () => {
  expect(await auths(undefined).of.of('ghcr.io/me/app')).toBeUndefined();
  expect(said).toEqual([]);
});

test('a file that is not docker’s is a warning without its content', async () => {
  expect(await auths('{"auths": hunter2').of.of('ghcr.io/me/app')).toBeUndefined();
  expect(said).toEqual([
    `no credentials for ghcr.io from this machine’s docker: ${folder}/.docker/config.json is not as docker writes it`,
  ]);
});

test.each<[string, string, object | undefined]>([
  [
    'gives a password',
    `read host; echo '{"ServerURL":"'$host'","Username":"me","Secret":"hunter2"}'`,
    { serveraddress: 'ghcr.io', username: 'me', password: 'hunter2' },
  ],
  [
    'gives a token',
    `echo '{"ServerURL":"x","Username":"<token>","Secret":"hunter2"}'`,
    { serveraddress: 'ghcr.io', identitytoken: 'hunter2' },
  ],
  ['has none', 'echo "credentials not found in native keychain"; exit 1', undefined],
])('a helper that %s', async (_, script, expected) => {
  expect(await auths({ credHelpers: { 'ghcr.io': 'test' } }, script).of.of('ghcr.io/me/app')).toEqual(expected);
  expect(said).toEqual([]);
});

test.each([
  ['fails', 'echo hunter2; exit 3', 'docker-credential-test failed with exit code 3'],
  ['says something else', 'echo hunter2', 'docker-credential-test did not answer as a helper of docker does'],
])('a helper that %s is a warning without what it said', async (_, script, why) => {
  expect(await auths({ credsStore: 'test' }, script).of.of('ghcr.io/me/app')).toBeUndefined();
  expect(said).toEqual([`no credentials for ghcr.io from this machine’s docker: ${why}`]);
});

test('a helper that is not installed is a warning', async () => {
  await auths({ credsStore: 'other' }).of.of('ghcr.io/me/app');
  expect(said).toEqual([
    'no credentials for ghcr.io from this machine’s docker: there is no docker-credential-other on this machine',
  ]);
});
