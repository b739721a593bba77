// `belt deploy` on real engines: what Swarm does with it decides.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 240_000 };

/** A stack with a service of each kind. */
const stack = ({ colour = 'blue', text = 'one', image = 'nginx:latest', more = '' } = {}) => `
name: shop
services:
  web:
    image: ${image}
    environment: {COLOUR: ${colour}}
    configs:
      - {source: page, target: /page.txt}
    secrets: [password]
    healthcheck:
      test: wget -qO /dev/null 127.0.0.1
      interval: 1s
    stop_grace_period: 2s
    deploy: {replicas: 2, update_config: {failure_action: rollback, monitor: 2s}}
    depends_on: [agent]
  agent:
    image: nginx:latest
    deploy: {mode: global}
  none:
    image: nginx:latest
    deploy: {replicas: 0}
  once:
    image: nginx:latest
    command: "true"
    deploy: {restart_policy: {condition: on-failure}}
  job:
    image: nginx:latest
    command: "true"
    deploy: {mode: replicated-job, replicas: 2}
${more}
configs:
  page: {content: "${text}"}
secrets:
  password: {content: hunter2}
`;

onEngines('belt deploy', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    expect(await w.belt('create 1gb node[1:2]', PATIENCE)).toMatchObject({ code: 0 });
    expect(await w.belt('swarm join node1 node2', PATIENCE)).toMatchObject({ code: 0 });
  });
  afterAll(() => w?.end());

  const deploy = async (file: string, words = '') => {
    w.write('compose.yaml', file);
    return await w.belt(`deploy ${words}`, PATIENCE);
  };
  const docker = async (words: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await w.belt(['docker', ...words], PATIENCE);
    expect(code, stderr).toBe(0);
    return stdout.trim().split('\n').sort();
  };
  const tasks = () =>
    docker(['stack', 'ps', 'shop', '--filter', 'desired-state=running', '--format', '{{.Name}} {{.ID}}']);
  /** Files of a task of the service, on whichever node it is. */
  const read = async (service: string, ...paths: string[]) => {
    const { code, stdout, stderr } = await w.belt(['sh', `${service}.1`, '--', 'cat', ...paths], PATIENCE);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const names = (kind: string) => docker([kind, 'ls', '--format', '{{.Name}}']);

  it('creates services of each kind, and waits until they run or are done', async () => {
    expect(await deploy(stack())).toMatchObject({ code: 0 });
    expect(await docker(['service', 'ls', '--format', '{{.Name}} {{.Replicas}}'])).toEqual([
      'shop_agent 2/2',
      'shop_job 0/2 (2/2 completed)',
      'shop_none 0/0',
      'shop_once 0/1',
      'shop_web 2/2',
    ]);
  });

  it('changes nothing the second time', async () => {
    const versions = () =>
      docker([
        'service',
        'inspect',
        'shop_web',
        'shop_agent',
        'shop_job',
        'shop_once',
        'shop_none',
        '--format',
        '{{.Version.Index}}',
      ]);
    const before = [await versions(), await tasks()];
    expect(await deploy(stack())).toMatchObject({ code: 0, stdout: '' });
    expect([await versions(), await tasks()]).toEqual(before);
  });

  it('updates the one service that changed', async () => {
    const before = await tasks();
    expect(await deploy(stack({ colour: 'red' }))).toMatchObject({ code: 0 });
    const after = await tasks();
    const kept = before.filter((task) => after.includes(task));
    expect(kept.map((task) => task.split('.')[0])).toEqual(['shop_agent', 'shop_agent']);
  });

  it('a config that changed reaches the service, under the same path', async () => {
    const first = (await names('config')).filter((name) => name.startsWith('shop_page'));
    expect(await deploy(stack({ colour: 'red', text: 'two' }))).toMatchObject({ code: 0 });
    expect(await read('shop_web', '/page.txt', '/run/secrets/password')).toBe('twohunter2');
    // Swarm may go back to the first.
    expect(await names('config')).toEqual(expect.arrayContaining(first));
    expect(await deploy(stack({ colour: 'red', text: 'three' }))).toMatchObject({ code: 0 });
    expect(await names('config')).not.toEqual(expect.arrayContaining(first));
  });

  it('--rollback goes back to the config that was before', async () => {
    expect(await w.belt('deploy --rollback shop', PATIENCE)).toMatchObject({ code: 0 });
    expect(await read('shop_web', '/page.txt')).toBe('two');
    expect(await deploy(stack({ colour: 'red', text: 'three' }))).toMatchObject({ code: 0 });
  });

  it('an update that fails is rolled back, with the reason and exit code 3', async () => {
    const outcome = await deploy(stack({ colour: 'red', text: 'three', image: 'nothing/here:1' }));
    expect(outcome).toMatchObject({ code: 3 });
    expect(outcome.stderr).toContain(
      'error: shop: 1 of 5 services failed: web\n  web: the update failed and was rolled back',
    );
    expect(outcome.stderr).toContain('No such image: nothing/here:1');
  });

  it('a service that cannot start, one that crashes and one without a node fail, each with its reason', async () => {
    const more = `
  missing: {image: "nothing/here:1"}
  crash:
    image: nginx:latest
    command: sh -c 'echo about to fail; exit 7'
  placed:
    image: nginx:latest
    deploy: {placement: {constraints: [node.labels.disk == ssd]}}
`;
    const outcome = await deploy(stack({ colour: 'red', text: 'three', more }));
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toContain('3 of 8 services failed');
    expect(outcome.stderr).toContain('  missing: No such image: nothing/here:1');
    expect(outcome.stderr).toContain('task: non-zero exit (7)');
    expect(outcome.stderr).toContain('      about to fail');
    expect(outcome.stderr).toContain('  placed: no suitable node (scheduling constraints not satisfied on 2 nodes)');
  });

  it('--prune removes what the file no longer names', async () => {
    expect(await deploy(stack({ colour: 'red', text: 'three' }), '--prune --yes')).toMatchObject({ code: 0 });
    expect(await names('service')).toEqual(['shop_agent', 'shop_job', 'shop_none', 'shop_once', 'shop_web']);
  });

  const held = `
name: vault
services:
  keeper:
    image: nginx:latest
    secrets: [{source: token, target: /run/token, mode: 0440}]
    stop_grace_period: 2s
    deploy: {replicas: 2, update_config: {failure_action: rollback, parallelism: 2, monitor: 1s}}
secrets:
  token: {external: true}
`;
  const rotate = (word: string, content: string) => w.belt(['secret', word, 'token'], { ...PATIENCE, input: content });
  const token = () => read('vault_keeper', '/run/token');

  it('a secret that is rotated reaches its service, and versions stay while Swarm may go back to them', async () => {
    expect(await rotate('set', 'first')).toMatchObject({ code: 0 });
    w.write('vault.yaml', held);
    expect(await w.belt('deploy -c vault.yaml', PATIENCE)).toMatchObject({ code: 0 });
    expect(await token()).toBe('first');
    expect(await rotate('rotate', 'second')).toMatchObject({ code: 0 });
    expect(await token()).toBe('second');
    expect(await w.belt('stack diff -c vault.yaml', PATIENCE)).toMatchObject({ code: 0 });
    expect(await docker(['service', 'rollback', '-d', 'vault_keeper'])).toBeDefined();
    // What was there is there once more.
    expect(await rotate('set', 'second')).toMatchObject({ code: 0 });
    expect(await token()).toBe('second');
    expect(await w.belt('deploy --rollback vault', PATIENCE)).toMatchObject({ code: 0 });
    expect(await token()).toBe('first');
    expect(await rotate('rotate', 'third')).toMatchObject({ code: 0 });
    expect(await token()).toBe('third');
    expect(await rotate('rotate', 'fourth')).toMatchObject({ code: 0 });
    expect(await token()).toBe('fourth');
    expect((await names('secret')).filter((name) => name.startsWith('token_'))).toHaveLength(2);
    expect(await w.belt('secret rm token --yes', PATIENCE)).toMatchObject({ code: 1 });
  });

  it('diff names each field that a deployment would change, and then there is none', async () => {
    const changed = held
      .replace('replicas: 2', 'replicas: 1')
      .replace('image: nginx:latest', 'image: nginx:latest\n    environment: {A: b}');
    w.write('vault.yaml', changed);
    const { code, stdout } = await w.belt('stack diff -c vault.yaml', PATIENCE);
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({
      code: 4,
      lines: ['~ service keeper', '    environment A: new', '    mode replicated.replicas: 2 → 1'],
    });
    expect(await w.belt('deploy -c vault.yaml', PATIENCE)).toMatchObject({ code: 0 });
    expect(await w.belt('stack diff -c vault.yaml', PATIENCE)).toMatchObject({ code: 0, stdout: '' });
  });

  /** A service whose program runs `first`, and then until it is stopped, without an error. */
  const ill = ({ first = 'true', health = '', action = 'rollback' }) => `
name: ill
services:
  web:
    image: nginx:latest
    command: [sh, -c, 'trap "exit 0" TERM; ${first}; while true; do sleep 1; done']
    volumes: ["/var/tmp:/host"]
    ${health}
    deploy:
      update_config: {failure_action: ${action}, monitor: 2s}
      restart_policy: {delay: 1s}
`;
  const sick = (more: string) => `healthcheck: {test: "echo sick; exit 1", interval: 1s, ${more}}`;
  const deployIll = async (parts: Parameters<typeof ill>[0], words = '') => {
    w.write('ill.yaml', ill(parts));
    const { code, stderr } = await w.belt(`deploy -c ill.yaml ${words}`, PATIENCE);
    return { code, error: stderr.slice(stderr.indexOf('error: ')), stderr };
  };

  it('a health check that fails is the cause, also where the program then ends without an error', async () => {
    expect(await deployIll({})).toMatchObject({ code: 0 });
    const crashed = await deployIll({ first: 'echo an older line; exit 7' });
    expect(crashed).toMatchObject({ code: 3, error: expect.stringContaining('task: non-zero exit (7)') });
    const { code, error } = await deployIll({ first: 'echo a new line', health: sick('retries: 2') });
    expect([code, error.replace(/node\d/, 'NODE')]).toEqual([
      3,
      [
        'error: ill: 1 of 1 service failed: web',
        '  web: the update failed and was rolled back',
        '    its health check said:',
        '      sick',
        '    its last lines on NODE:',
        '      a new line',
        'hint: see: belt stack ps ill',
        '',
      ].join('\n'),
    ]);
  });

  it('a health check that is waited for in vain is told with what it said', async () => {
    const { code, error } = await deployIll(
      { first: 'echo a new line', health: sick('start_period: 1h') },
      '--timeout 20',
    );
    expect([code, error.replace(/node\d/, 'NODE')]).toEqual([
      3,
      [
        'error: ill: 1 of 1 service failed: web',
        '  web: not done after 20 s: 0 of 1 running, waiting for its health check',
        '    its health check said:',
        '      sick',
        '    its last lines on NODE:',
        '      a new line',
        'hint: see: belt stack ps ill',
        '',
      ].join('\n'),
    ]);
  });

  it('--rollback goes back from an update that is under way', async () => {
    expect(await w.belt('deploy --rollback ill', PATIENCE)).toMatchObject({ code: 0 });
    expect(await deployIll({ first: 'echo another' }, '--detach')).toMatchObject({ code: 0 });
    expect(await w.belt('deploy --rollback ill', PATIENCE)).toMatchObject({ code: 0 });
  });

  it('a paused update goes on once what it failed for is there', async () => {
    const parts = { first: 'test -e /host/ready || exit 3', action: 'pause' };
    const paused = await deployIll(parts);
    expect(paused).toMatchObject({ code: 3, error: expect.stringContaining('  web: its update is paused: ') });
    expect(paused.error).toContain('task: non-zero exit (3)');
    const crashes = () => docker(['service', 'ps', 'ill_web', '--format', '{{.CurrentState}} {{.Error}}']);
    await until('it crashed thrice', async () => (await crashes()).filter((row) => row.includes('(3)')).length >= 3);
    expect(await w.belt(['exec', 'node[1:2]', '--', 'touch', '/var/tmp/ready'], PATIENCE)).toMatchObject({ code: 0 });
    expect(await deployIll(parts)).toMatchObject({ code: 0 });
    expect(await w.belt('stack rm ill --yes', PATIENCE)).toMatchObject({ code: 0 });
  });

  it('stack rm waits until the tasks and the network are gone', async () => {
    const outcome = await w.belt('stack rm shop vault --yes', PATIENCE);
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.stderr).toContain('removed network shop_default');
    expect(await names('service')).toEqual(['']);
    expect(
      (await docker(['network', 'ls', '--format', '{{.Name}}'])).filter((name) => /^(shop|vault)/.test(name)),
    ).toEqual([]);
    for (const node of ['node1', 'node2'])
      expect(await w.belt(`--host ${node} docker ps -q`, PATIENCE)).toMatchObject({ code: 0, stdout: '' });
    expect(await w.belt('secret rm token --yes', PATIENCE)).toMatchObject({ code: 0 });
  });
});
