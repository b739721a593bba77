import { describe, expect, test } from 'vitest';
import { meanwhile } from '../support/meanwhile.ts';
import { onSwarm } from '../support/on-swarm.ts';
import { lines, until } from '../support/probe.ts';

const stack = ({ colour = 'blue', password = 'hunter2', replicas = 2, more = '' } = {}) => `
name: shop
services:
  web:
    image: nginx:1.27
    environment: {COLOUR: ${colour}}
    configs: [page]
    secrets: [password]
    volumes: ["data:/data"]
    deploy: {replicas: ${replicas}}
  db:
    image: redis:7
${more}
configs:
  page: {content: one}
secrets:
  password: {content: ${password}}
volumes:
  data: {}
`;

describe('belt stack', () => {
  const { w, m } = onSwarm();

  test('ls of a swarm without stacks says so, and ps and rm of one that is not there are errors', async () => {
    expect(await m.belt('stack ls')).toEqual({
      code: 0,
      stdout: '',
      stderr: lines('the swarm has no stack yet; deploy one: belt deploy'),
    });
    const none = {
      code: 1,
      stdout: '',
      stderr: lines('error: the swarm has no stack shpo', 'hint: see: belt stack ls'),
    };
    expect(await m.belt('stack ps shpo')).toEqual(none);
    expect(await m.belt('stack rm shpo --yes')).toEqual(none);
  });

  test('ls shows services, running tasks, and who deployed it', async () => {
    w.write('compose.yaml', stack());
    expect((await m.belt('deploy')).code).toBe(0);
    expect(await m.belt('stack ls')).toEqual({
      code: 0,
      stdout: lines('Stack   Services  Running   Deployed', 'shop    2         3/3       Ns ago, by belt'),
      stderr: '',
    });
    expect(JSON.parse((await m.belt('stack ls --json')).stdout)).toMatchObject([
      { name: 'shop', services: 2, running: 3, desired: 3, by: 'belt' },
    ]);
    expect((await m.belt('stack ls -q')).stdout).toBe(lines('shop'));
  });

  test('ps shows tasks with node, state and error', async () => {
    const { code, stdout } = await m.belt('stack ps shop');
    expect(code).toBe(0);
    const rows = stdout.trim().split('\n');
    expect(rows[0]).toMatch(/^Task +Node +State +Error$/);
    expect(rows.slice(1).map((row) => row.replace(/ +/g, ' ').replace(/[mw]1/, 'NODE'))).toEqual([
      'db.1 NODE running Ns',
      'web.1 NODE running Ns',
      'web.2 NODE running Ns',
    ]);
  });

  test('diff shows each field, hides what may be secret, and changes nothing', async () => {
    expect(await m.belt('stack diff')).toEqual({
      code: 0,
      stdout: '',
      stderr: lines('nothing to do: 2 services as in the files'),
    });
    w.write(
      'compose.yaml',
      stack({ colour: 'red', password: 'hunter3', replicas: 3, more: '  app: {image: nginx:1.27}' }),
    );
    const expected = {
      code: 4,
      stdout: lines(
        '+ secret password: create with this content',
        '~ service web',
        '    environment COLOUR: •••',
        '    secrets password.secret_name: shop_password_HASH → shop_password_HASH',
        '    mode replicated.replicas: 2 → 3',
        '+ service app: create with nginx:1.27',
      ).replace('COLOUR: •••', 'COLOUR: changed'),
      stderr: lines('to see the hidden values: --values', '3 changes; 1 service stays as it is'),
    };
    expect(await m.belt('stack diff')).toEqual(expected);
    expect((await m.belt('stack diff --values')).stdout).toContain('    environment COLOUR: blue → red\n');
    const { stdout } = await m.belt('stack diff --json');
    expect(stdout).not.toMatch(/hunter|blue/);
    expect(JSON.parse(stdout)).toMatchObject({
      stack: 'shop',
      changes: [
        { kind: 'secret' },
        { name: 'web', mark: '~', fields: [{ field: 'environment COLOUR', before: '•••', after: '•••' }, {}, {}] },
        { name: 'app', mark: '+', fields: [] },
      ],
      unchanged: ['db'],
    });
    expect((await m.belt('stack ls --json')).stdout).toContain('"services": 2');
  });

  test('rm shows and asks again when the stack changed after the question', async () => {
    w.write('late.yaml', 'name: late\nservices: {one: {image: "nginx:1.27"}, two: {image: "nginx:1.27"}}\n');
    expect((await w.belt('deploy -c late.yaml')).code).toBe(0);
    const asked = { terminal: true, input: 'y\n', open: true };
    const [started] = await meanwhile(w, [['stack rm late', asked]], () => w.belt('docker service rm late_one'));
    await until(
      'it asks again',
      () => started!.so().stdout.split('[y/N]').length + started!.so().stderr.split('[y/N]').length > 3,
    );
    started!.type('n\n');
    const run = await started!.outcome;
    expect(run.stderr).toContain('late changed in the meantime; this is what is left to remove:\n');
    const tables = run.stdout.split('  What ').map((table) => table.match(/(?<=service +)\w+/g));
    expect(tables).toEqual([null, ['late_one', 'late_two'], ['late_two']]);
    expect(run.code).not.toBe(0);
    expect((await w.belt('docker service ls --format {{.Name}}')).stdout).toContain('late_two');
    expect((await w.belt('stack rm late --yes')).code).toBe(0);
  });

  test('rm twice at once: each thing is removed once, and the second does not claim it', async () => {
    w.write('once.yaml', 'name: once\nservices: {one: {image: "nginx:1.27"}}\n');
    expect((await w.belt('deploy -c once.yaml')).code).toBe(0);
    const started = await meanwhile(
      w,
      ['stack rm once --yes', 'stack rm once --yes'].map((words) => [words, {}]),
      async () => {},
    );
    const runs = await Promise.all(started.map(({ outcome }) => outcome));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs.map(({ stderr }) => stderr.trim().split('\n').at(-1)).toSorted()).toEqual([
      'once is removed',
      'once was removed by another run',
    ]);
    expect(runs.filter(({ stderr }) => stderr.includes('removed service once_one'))).toHaveLength(1);
  });

  test('rm asks, shows what goes and what stays, and waits until it is gone', async () => {
    const asked = await m.belt('stack rm shop');
    expect(asked.code).toBe(2);
    expect(
      asked.stdout
        .trim()
        .split('\n')
        .map((row) => row.replace(/ +/g, ' ')),
    ).toEqual([
      'What Name Change',
      '- service shop_db remove',
      '- service shop_web remove',
      '- network shop_default remove',
      '- config shop_belt_salt remove',
      '- config shop_page_HASH remove',
      '- secret shop_password_HASH remove',
    ]);
    expect(asked.stderr).toBe(
      lines(
        'volumes stay on the nodes, with what is in them: shop_data',
        'error: stack rm asks before it removes anything, but there is no terminal to ask on',
        'hint: add --yes if you are sure',
      ),
    );
    const no = await m.belt('stack rm shop', { terminal: true, input: 'n\n' });
    expect(no.code).not.toBe(0);
    const { code, stderr } = await m.belt('stack rm shop --yes');
    expect(code).toBe(0);
    expect(stderr).toContain('removed network shop_default\n');
    expect(stderr.trim().split('\n').at(-1)).toBe('shop is removed');
    expect((await m.belt('stack ls')).stdout).toBe('');
    expect((await m.belt('stack rm shop --yes')).code).toBe(1);
  });
});
