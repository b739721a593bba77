import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { Context } from '../../../src/context.ts';
import { Secrets } from '../../../src/output/mask.ts';
import { RegistryAuths } from '../../../src/registry/auths.ts';
import { eraseAuth, storeAuth } from '../../../src/registry/docker-config.ts';
import { readHost, registryOf } from '../../../src/registry/hosts.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-auth-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function auths(config: object | string | undefined, helper?: string) {
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
  return { of: new RegistryAuths(context), secrets, context };
}

const basic = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['nginx', 'https://index.docker.io/v1/'],
  ['me/app:1', 'https://index.docker.io/v1/'],
  ['ghcr.io/me/app', 'ghcr.io'],
  ['localhost/app', 'localhost'],
  // No user of Docker Hub has capitals.
  ['BUILD01/app:1', 'BUILD01'],
  ['r:5000/app@sha256:0', 'r:5000'],
])('the registry of %s is %s', (image, registry) => expect(registryOf(image)).toBe(registry));

test('credentials that the file has, whose password is hidden from then on', async () => {
  const { of, secrets } = auths({ auths: { 'https://ghcr.io/v2/': { auth: basic('me:pass:word') } } });
  expect(await of.of('ghcr.io/me/app')).toEqual({
    registry: 'ghcr.io',
    auth: { serveraddress: 'ghcr.io', username: 'me', password: 'pass:word' },
    user: 'me',
    expires: undefined,
  });
  expect(secrets.hide('so pass:word is')).toBe('so ••• is');
  expect(await of.of('nginx')).toBeUndefined();
  expect(said).toEqual([]);
});

test('a user who is the token itself is told nowhere, as DigitalOcean has it', async () => {
  const { of } = auths({ auths: { 'ghcr.io': { auth: basic('dop_made_up:dop_made_up') } } });
  expect(await of.of('ghcr.io/me/app')).toMatchObject({ user: undefined });
});

test('DOCKER_AUTH_CONFIG comes before what docker keeps, and docker’s own where it has none', async () => {
  const { of, context, secrets } = auths({
    auths: { 'ghcr.io': { auth: basic('me:kept') }, 'r.test': { auth: basic('me:kept') } },
  });
  const given = { auths: { 'ghcr.io': { auth: basic('ci:given-made-up') } } };
  Object.assign(context.env, { DOCKER_AUTH_CONFIG: JSON.stringify(given) });
  expect((await of.of('ghcr.io/me/app'))?.auth).toMatchObject({ username: 'ci', password: 'given-made-up' });
  expect((await of.of('r.test/app'))?.auth).toMatchObject({ username: 'me', password: 'kept' });
  expect(secrets.hide('given-made-up')).toBe('•••');
  expect(said).toEqual([]);
  await storeAuth(context, 'ghcr.io', login);
  expect(await eraseAuth(context, 'ghcr.io')).toBe(true);
  expect(await eraseAuth(context, 'ghcr.io')).toBe(false);
  const also = 'DOCKER_AUTH_CONFIG has credentials for ghcr.io as well, and docker and belt take those first';
  expect(said).toEqual([also, also, also]);
});

test('a DOCKER_AUTH_CONFIG that is not docker’s is left out, with one warning and without its content', async () => {
  const { of, context } = auths({ auths: { 'ghcr.io': { auth: basic('me:kept') } } });
  Object.assign(context.env, { DOCKER_AUTH_CONFIG: '{"auths": hunter2' });
  expect((await of.of('ghcr.io/me/app'))?.auth).toMatchObject({ username: 'me' });
  expect(await of.of('nginx')).toBeUndefined();
  expect(said).toEqual(['DOCKER_AUTH_CONFIG is not a valid Docker configuration: it is left out']);
});

test('no file is no credentials, and no warning', async () => {
  expect(await auths(undefined).of.of('ghcr.io/me/app')).toBeUndefined();
  expect(said).toEqual([]);
});

test('a file that is not docker’s is a warning without its content', async () => {
  expect(await auths('{"auths": hunter2').of.of('ghcr.io/me/app')).toBeUndefined();
  expect(said).toEqual([
    `no credentials for ghcr.io from this machine’s docker: ${folder}/.docker/config.json is not a valid Docker configuration`,
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
  expect((await auths({ credHelpers: { 'ghcr.io': 'test' } }, script).of.of('ghcr.io/me/app'))?.auth).toEqual(expected);
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

test.each([
  ['ghcr.io', 'ghcr.io'],
  ['https://ghcr.io/v2/', 'ghcr.io'],
  ['localhost', 'localhost'],
  ['[::1]:5000', '[::1]:5000'],
  ['docker.io', 'https://index.docker.io/v1/'],
  ['https://index.docker.io/v1/', 'https://index.docker.io/v1/'],
])('the host %s is the registry %s', (word, registry) => expect(readHost(word)).toBe(registry));

test.each(['', 'me', 'a b.c', '-x.y', 'user@ghcr.io'])('%j is no host of a registry', (word) =>
  expect(() => readHost(word)).toThrow('is not the host of a registry'),
);

const file = () => join(folder, '.docker/config.json');
const written = () => JSON.parse(readFileSync(file(), 'utf8'));
const login = { username: 'ann', password: 'hunter2/+' };

test('what is stored is where docker reads it: all else of its file stays, and it is the user’s alone', async () => {
  const { context, of } = auths({ currentContext: 'there', auths: { 'https://r.test/v1/': { auth: 'b2xk' }, b: {} } });
  chmodSync(file(), 0o644);
  expect(await storeAuth(context, 'r.test', login)).toEqual({ helper: undefined, file: file() });
  expect(written()).toEqual({ currentContext: 'there', auths: { b: {}, 'r.test': { auth: basic('ann:hunter2/+') } } });
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect((await of.of('r.test/app'))?.auth).toEqual({ serveraddress: 'r.test', ...login });
  expect(await eraseAuth(context, 'r.test')).toBe(true);
  expect(written()).toEqual({ currentContext: 'there', auths: { b: {} } });
  expect(await eraseAuth(context, 'r.test')).toBe(false);
});

test('a file that is a link stays one', async () => {
  const { context } = auths({});
  renameSync(file(), join(folder, 'elsewhere.json'));
  symlinkSync('../elsewhere.json', file());
  await storeAuth(context, 'r.test', login);
  expect(lstatSync(file()).isSymbolicLink()).toBe(true);
  expect(written()).toHaveProperty('auths');
});

test('the first of all makes folder and file', async () => {
  const { context } = auths(undefined);
  rmSync(join(folder, '.docker'), { recursive: true });
  await storeAuth(context, 'r.test', login);
  expect(statSync(join(folder, '.docker')).mode & 0o777).toBe(0o700);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('a file that is not docker’s is not written over', async () => {
  const { context } = auths('{"auths": hunter2');
  await expect(storeAuth(context, 'r.test', login)).rejects.toThrow('is not a valid Docker configuration');
  expect(readFileSync(file(), 'utf8')).toBe('{"auths": hunter2');
});

/** A helper that keeps what it is given in a file, and its words in another. */
const KEEPS = `echo "$@" >> "$0.words"
case $1 in
  store) cat > "$0.kept" ;;
  get) [ -e "$0.kept" ] && cat "$0.kept" || { echo "credentials not found in native keychain"; exit 1; } ;;
  erase) rm -f "$0.kept" ;;
esac`;

test('with a helper the file has no password, nor has any argument', async () => {
  const { context, of } = auths({ credsStore: 'test' }, KEEPS);
  expect(await storeAuth(context, 'r.test', login)).toEqual({ helper: 'test', file: file() });
  expect(written()).toEqual({ credsStore: 'test', auths: { 'r.test': {} } });
  const program = join(folder, 'docker-credential-test');
  expect(JSON.parse(readFileSync(`${program}.kept`, 'utf8'))).toEqual({
    ServerURL: 'r.test',
    Username: 'ann',
    Secret: 'hunter2/+',
  });
  expect((await of.of('r.test/app'))?.auth).toEqual({ serveraddress: 'r.test', ...login });
  expect(await eraseAuth(context, 'r.test')).toBe(true);
  expect(existsSync(`${program}.kept`)).toBe(false);
  expect(written()).toEqual({ credsStore: 'test', auths: {} });
  expect(readFileSync(`${program}.words`, 'utf8')).toBe('store\nget\nget\nerase\n');
});

test('a helper that fails says no more than that it did', async () => {
  const { context } = auths({ credsStore: 'test' }, 'cat; exit 3');
  await expect(storeAuth(context, 'r.test', login)).rejects.toThrow(/^docker-credential-test failed with exit code 3$/);
  expect(written()).toEqual({ credsStore: 'test' });
});

test('what docker writes while a helper asks its user stays', async () => {
  const { context } = auths(
    { credsStore: 'test' },
    `cat > "$0.kept"; printf '{"credsStore": "test", "auths": {"late.test": {}}, "detachKeys": "ctrl-x"}' > "\${0%/*}/.docker/config.json"`,
  );
  await storeAuth(context, 'r.test', login);
  expect(written()).toEqual({ credsStore: 'test', auths: { 'late.test': {}, 'r.test': {} }, detachKeys: 'ctrl-x' });
});
