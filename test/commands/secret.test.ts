import { describe, expect, test } from 'vitest';
import { onSwarm } from '../support/on-swarm.ts';
import { lines, until } from '../support/probe.ts';

const STACK = `
name: shop
services:
  web: {image: "nginx:1.27", secrets: [password]}
  db: {image: "redis:7", secrets: [{source: password, target: /run/pw}]}
  other: {image: "nginx:1.27"}
secrets:
  password: {external: true}
`;
const table = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((row) => row.trim().replace(/ +/g, ' '));

describe('belt secret', () => {
  const { w, m } = onSwarm({ 'compose.yaml': STACK });
  const rows = async () => table((await m.belt('secret ls')).stdout).slice(1);
  test.each<[string, object, string]>([
    ['secret set password', { input: '' }, 'the content is empty, which the swarm does not take'],
    ['secret set pass/word', { input: 'x' }, '"pass/word" is not the name of a secret'],
    ['secret set password --file none.txt', {}, 'cannot read none.txt: there is no such file'],
    [
      'secret set password',
      { input: Buffer.alloc(512_000, 'x') },
      'the content is too long: the swarm takes 511999 bytes',
    ],
  ])('%s is a usage error', async (words, options, message) => {
    const { code, stderr } = await m.belt(words, options);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${message}\n`);
  });

  test('a deployment that needs one says how to create it', async () => {
    expect((await m.belt('deploy')).stderr).toContain(
      lines(
        'error: the secret password is external in the file, but the swarm has none of this name',
        'hint: create it: belt secret set password < FILE',
      ),
    );
    const none = { code: 1, stderr: lines('error: the swarm has no secret password', 'hint: see: belt secret ls') };
    expect(await m.belt('secret rotate password', { input: 'x' })).toMatchObject(none);
    expect(await m.belt('secret rm password --yes')).toMatchObject(none);
  });

  test('set creates it, and a Compose file refers to it by its name', async () => {
    expect(await m.belt('secret set password', { input: 'hunter2' })).toEqual({
      code: 0,
      stdout: '',
      stderr: lines(
        'created version 1 of password: password_HASH',
        'no service uses it yet; in a Compose file: secrets: {password: {external: true}}',
      ),
    });
    expect((await m.belt('secret set password', { input: 'hunter2' })).stderr).toBe(
      lines('password has this content already'),
    );
    expect((await m.belt('deploy')).code).toBe(0);
    expect((await m.belt('deploy --plan')).code).toBe(0);
    expect(await rows()).toEqual(['password 1, current Ns shop_db, shop_web']);
    expect((await w.belt('docker secret ls')).stdout).not.toContain('hunter');
  });

  test('rotate updates the services that use it, where it is mounted as before', async () => {
    const { code, stderr } = await m.belt('secret rotate password', { input: 'hunter3' });
    expect(code).toBe(0);
    expect(stderr).toContain('updated service shop_web\n');
    expect(stderr.split('\n').at(-2)).toBe('password: 2 services converged with its new content');
    expect(stderr).not.toContain('removed');
    expect(await rows()).toEqual([
      'password 2, current Ns shop_db, shop_web',
      'password 1 Ns (before: shop_db, shop_web)',
    ]);
    // The paths in the containers are part of what is compared.
    expect((await m.belt('deploy --plan')).code).toBe(0);
  });

  test('a version goes when no service can be rolled back to it', async () => {
    expect((await m.belt('secret rotate password', { input: 'hunter4' })).stderr).toContain(
      'removed secret password_HASH\n',
    );
    expect((await rows()).map((row) => row.replace(/ N.*/, ''))).toEqual(['password 3, current', 'password 2']);
  });

  test('after a rollback, the same content again brings the services back to it', async () => {
    expect((await m.belt('deploy --rollback shop')).code).toBe(0);
    expect(await rows()).toEqual([
      'password 3, current Ns (before: shop_db, shop_web)',
      'password 2 Ns shop_db, shop_web',
    ]);
    expect((await m.belt('deploy --plan')).code).toBe(4);
    const { code, stderr } = await m.belt('secret set password', { input: 'hunter4' });
    expect({ code, created: stderr.includes('created') }).toEqual({ code: 0, created: false });
    expect((await rows())[0]).toBe('password 3, current Ns shop_db, shop_web');
  });

  test('an earlier content that comes back is a new version', async () => {
    expect((await m.belt('secret set password', { input: 'hunter2' })).stderr).toContain(
      'created version 4 of password',
    );
    expect((await m.belt('deploy --plan')).code).toBe(0);
  });

  test('after Ctrl-C the same command goes on: it waits, and removes what nobody needs', async () => {
    const run = w.start('secret rotate password', { input: 'hunter6' });
    const watch = setInterval(() => run.so().stderr.includes('updated service') && run.interrupt(), 1);
    const { code, stderr } = await run.outcome;
    clearInterval(watch);
    expect(code).toBe(130);
    expect(stderr).toContain(
      'hint: the same command again goes on; which service has which version: belt secret ls password',
    );
    const again = await m.belt('secret rotate password', { input: 'hunter6' });
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('removed secret password_HASH\n');
    expect(again.stderr).not.toContain('created');
    expect((await rows()).map((row) => row.replace(/ N.*/, ''))).toEqual(['password 5, current', 'password 4']);
  });

  test('nobody has to wait until the services run', async () => {
    const run = w.start('secret rotate password', { input: 'hunter7' });
    await until('it waits', () => /^shop_\w+: /m.test(run.so().stderr));
    const other = await m.belt('secret set another', { input: 'x' });
    expect([other.code, other.stderr]).toEqual([0, expect.not.stringContaining('waiting for')]);
    expect((await run.outcome).code).toBe(0);
    expect((await m.belt('secret rm another --yes')).code).toBe(0);
  });

  test('rm refuses what is in use, and what a service could be rolled back to', async () => {
    expect(await m.belt('secret rm password --yes')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines('error: the secret password is in use by shop_db, shop_web', 'hint: see: belt secret ls password'),
    });
    expect((await m.belt('stack rm shop --yes')).code).toBe(0);
    expect(await m.belt('secret rm password')).toMatchObject({ code: 2 });
    const rm = w.start('secret rm password', { terminal: true, open: true });
    const asked = (times: number) => until(`question ${times}`, () => rm.so().stderr.split('[y/N]').length > times);
    await asked(1);
    expect((await m.belt('secret set password', { input: 'made in the meantime' })).code).toBe(0);
    rm.type('y\n');
    await asked(2);
    rm.type('n\n');
    const { code, stderr } = await rm.outcome;
    expect([code === 0, stderr.match(/^to be removed: /gm)]).toEqual([false, ['to be removed: ', 'to be removed: ']]);
    expect(await rows()).toHaveLength(1);
    expect((await m.belt('secret rm password --yes')).code).toBe(0);
    expect((await m.belt('secret ls')).stderr).toContain('the swarm has no secret yet');
  });

  test('rm refuses what a service could be rolled back to, and says what removes it all the same', async () => {
    const file = (more: string) => `name: late\nservices: {web: {image: "nginx:1.27"${more}}}\n`;
    await m.belt('secret set key', { input: 'hunter8' });
    w.write('late.yaml', `${file(', secrets: [key]')}secrets: {key: {external: true}}\n`);
    expect((await m.belt('deploy -c late.yaml')).code).toBe(0);
    w.write('late.yaml', file(''));
    expect((await m.belt('deploy -c late.yaml')).code).toBe(0);
    const { code, stderr } = await w.belt('secret rm key --yes');
    const [, hint] = stderr.split('hint: ');
    expect([code, hint]).toEqual([
      1,
      expect.stringMatching(
        /^it can be removed after the next change of late_web, or now, if it need not be rolled back: belt docker secret rm key_[0-9a-f]{16}\n$/,
      ),
    ]);
    expect((await m.belt('stack rm late --yes')).code).toBe(0);
    expect((await m.belt('secret rm key --yes')).code).toBe(0);
  });

  test('a secret of a stack is changed by its files', async () => {
    w.write(
      'own.yaml',
      'name: own\nservices: {web: {image: "nginx:1.27", secrets: [key]}}\nsecrets: {key: {content: hunter5}}\n',
    );
    expect((await m.belt('deploy -c own.yaml')).code).toBe(0);
    expect(await m.belt('secret rotate own_key', { input: 'x' })).toMatchObject({
      code: 2,
      stderr: lines(
        'error: the secret own_key is of the stack own, whose Compose files say what it is',
        'hint: change its content there, then: belt deploy',
      ),
    });
  });

  test('no content is in what is printed, however much is told', async () => {
    const { stdout, stderr } = await w.belt('--trace --json secret set token', { input: 'correct horse' });
    expect(stdout + stderr).not.toMatch(/correct horse|Y29ycmVjdCBob3JzZ/);
    expect(stdout).toContain('"event":"end"');
  });
});
