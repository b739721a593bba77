// `belt auth` with a keyring: a program in the place of secret-tool keeps what it is given in files.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

// The other keyring is macOS's.
const onLinux = describe.runIf(process.platform === 'linux');

const w = world();
const bin = join(w.home, 'bin');
const kept = join(w.home, 'kept');
const file = join(w.home, '.config/belt/accounts.json');
const token = () => w.env['DIGITALOCEAN_ACCESS_TOKEN']!;
const env = {
  DIGITALOCEAN_ACCESS_TOKEN: undefined,
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
  PATH: `${bin}:${process.env['PATH']}`,
};
const belt = (words: string, input?: string) => w.belt(words, { env, ...(input !== undefined && { input }) });

/** Writes the program; its first lines come before all else. */
function secretTool(first = ''): void {
  const script = `#!/bin/sh
${first}
echo "$@" >> '${kept}/.words'
verb=$1; shift
case $1 in --label=*) shift ;; esac
at='${kept}'/$(echo "$*" | tr ' /:' '___')
case $verb in
  store) cat > "$at" ;;
  lookup) [ -e "$at" ] && cat "$at" ;;
  clear) rm -f "$at" ;;
esac
`;
  writeFileSync(join(bin, 'secret-tool'), script);
  chmodSync(join(bin, 'secret-tool'), 0o755);
}

onLinux('belt auth with a keyring', () => {
  beforeAll(async () => {
    for (const folder of [bin, kept]) mkdirSync(folder);
    await w.sandbox();
  });
  afterAll(() => w.end());

  test('the keyring has the token: no file and no argument does', async () => {
    secretTool();
    const { code, stderr } = await belt('auth add work', `${token()}\n`);
    expect([code, stderr]).toEqual([0, 'kept in the system’s keyring; it is in use\n']);
    expect(readFileSync(file, 'utf8')).not.toContain(token());
    expect(readFileSync(join(kept, '.words'), 'utf8')).not.toContain(token());
    expect((await belt('auth ls')).stdout).toMatch(/^\* work {6}in the keyring {2}http/m);
    expect(JSON.parse((await belt('auth ls --json')).stdout)).toMatchObject([{ token: null, keyring: true }]);
    expect(await belt('keys -q')).toEqual({ code: 0, stdout: '816630\n', stderr: '' });
  });

  test('a file that names another API gets no token from it', async () => {
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/"api_url": "[^"]*"/, '"api_url": "http://127.0.0.1:9"'));
    const { code, stderr } = await w.belt('keys', { env: { ...env, DIGITALOCEAN_API_URL: undefined } });
    writeFileSync(file, before);
    expect([code, stderr]).toEqual([
      1,
      'error: the keyring does not give the token of the account work\nhint: unlock it, or run belt in the session of its owner; ' +
        'elsewhere: DIGITALOCEAN_ACCESS_TOKEN, or keep it in a file: belt auth add work --force --no-keyring\n',
    ]);
  });

  test('without a session of its owner it says what to do, and what needs no token goes on', async () => {
    const { code, stderr } = await w.belt('keys', { env: { ...env, DBUS_SESSION_BUS_ADDRESS: undefined } });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: the keyring does not give the token/)]);
    expect((await w.belt('auth ls -q', { env: { ...env, DBUS_SESSION_BUS_ADDRESS: undefined } })).stdout).toBe(
      'work\n',
    );
  });

  test('--no-keyring takes it out of there, and rm too', async () => {
    expect((await belt('auth add work --force --no-keyring', token())).stderr).toBe(`kept in ${file}; it is in use\n`);
    expect(readdirSync(kept)).toEqual(['.words']);
    expect(readFileSync(file, 'utf8')).toContain(token());
    await belt('auth add work --force', token());
    expect(readdirSync(kept)).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).not.toContain(token());
    expect((await belt('auth rm work')).code).toBe(0);
    expect(readdirSync(kept)).toEqual(['.words']);
  });

  test('rm says when the keyring did not remove the token', async () => {
    await belt('auth add far', token());
    const away = { env: { ...env, DBUS_SESSION_BUS_ADDRESS: undefined } };
    expect(await w.belt('auth rm far', away)).toMatchObject({
      code: 0,
      stdout: 'far: removed\n',
      stderr: expect.stringContaining(
        'warning: the token of far could not be removed from the keyring: it is locked, out of reach from here, or has no such token\n',
      ),
    });
  });

  test.each([
    ['fails', 'echo no >&2; exit 1', 'does not take it: secret-tool failed with exit code 1'],
    ['forgets', '[ "$1" = store ] && cat > /dev/null; exit 0', 'did not keep it'],
  ])('one that %s is told, and a file keeps it', async (_, first, why) => {
    secretTool(first);
    expect((await belt('auth add work --force', token())).stderr).toBe(
      `the system’s keyring ${why}\nkept in ${file}; it is in use\n`,
    );
    expect((await belt('keys -q')).stdout).toBe('816630\n');
  });

  test('where there is no program for it, a file keeps it without a word', async () => {
    rmSync(join(bin, 'secret-tool'));
    const bare = { env: { ...env, PATH: bin }, input: token() };
    expect((await w.belt('auth add work --force', bare)).stderr).toBe(`kept in ${file}; it is in use\n`);
    expect(existsSync(file)).toBe(true);
  });
});
