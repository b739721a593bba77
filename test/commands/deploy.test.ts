import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines } from '../support/probe.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: main
  managers: {nodes: m1}
  workers: {nodes: w1}
`;
const stack = ({ colour = 'blue', page = 'one', more = '' } = {}) => `
name: shop
services:
  web:
    image: nginx:1.27
    environment: {COLOUR: ${colour}}
    configs: [page]
    ports: ["80:80"]
    depends_on: [db]
    deploy: {replicas: 2}
  db:
    image: redis:7
${more}
configs:
  page: {content: ${page}}
`;
const HEADER = '  What      Name    Change';
/** Which moments of a service's start are seen, and which service is first, is chance. */
const settled = (text: string) => text.replace(/^\w+: (\d of )?\d running.*\n/gm, '');
/** The hash is of a key that each swarm has for itself. */
const masked = (text: string) => text.replace(/_[0-9a-f]{16}\b/g, '_HASH');

describe('belt deploy', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', CLUSTER);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    await w.belt('active m1');
  });
  afterAll(() => w.end());

  const deploy = async (file: string, words = '', options = {}) => {
    w.write('compose.yaml', file);
    const { stdout, stderr, ...outcome } = await w.belt(`deploy ${words}`, options);
    return { ...outcome, stdout, stderr: masked(stderr) };
  };
  const ids = async () => (await w.belt('docker service ps shop_db -q')).stdout;
  const KEPT =
    'db: idle connections through Swarm’s load balancer are cut after 15 minutes, so net.ipv4.tcp_keepalive_time is set to 600; to have it otherwise, name it under sysctls in the file';
  const SHUT = '80/tcp is closed in the firewall belt-main; to open: belt firewall open 80';

  test('--plan shows what would be created, and creates nothing', async () => {
    const created = ['+ network   shop_default  create', '+ config    page          create with this content'];
    const services = [
      '+ service   db            create with redis:7',
      '+ service   web           create with nginx:1.27',
    ];
    const plan = {
      code: 4,
      stdout: lines('  What      Name          Change', ...created, ...services),
      stderr: lines('4 changes', KEPT, SHUT),
    };
    expect(await deploy(stack(), '--plan')).toEqual(plan);
    expect(await deploy(stack(), '--plan')).toEqual(plan);
  });

  test('creates it, what others depend on first, and waits until it runs', async () => {
    const { code, stderr } = await deploy(stack());
    expect(code).toBe(0);
    expect(stderr).toMatch(/^db: 1 running, watching for 5 s\n(.*\n)*db: converged\n/m);
    expect(settled(stderr).replace('web: converged\ndb: converged', 'db: converged\nweb: converged')).toBe(
      lines(
        '4 changes',
        KEPT,
        SHUT,
        'created network shop_default',
        'created config shop_page_HASH',
        'created service db',
        'created service web',
        'db: converged',
        'web: converged',
        'shop: 2 services converged',
      ),
    );
  });

  test('the same file again changes nothing', async () => {
    const nothing = { code: 0, stdout: '', stderr: lines('nothing to do: 2 services as in the files') };
    const before = await ids();
    expect(await deploy(stack())).toEqual(nothing);
    expect(await deploy(stack(), '--plan')).toEqual({
      ...nothing,
      stderr: lines('nothing to do: 2 services as in the files', SHUT),
    });
    expect(await ids()).toBe(before);
  });

  test('changes the service that changed, and no other', async () => {
    const before = await ids();
    const { code, stdout, stderr } = await deploy(stack({ colour: 'red' }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines(HEADER, '~ service   web     change environment') });
    expect(stderr).toContain('updated service web\n');
    expect(stderr).not.toContain('db');
    expect(await ids()).toBe(before);
  });

  test('a new content is a new config, and the old one goes when nobody can go back to it', async () => {
    const second = await deploy(stack({ colour: 'red', page: 'two' }));
    expect(second.stdout).toBe(
      lines(HEADER, '+ config    page    create with this content', '~ service   web     change configs'),
    );
    expect(second.stderr).not.toContain('removed');
    const third = await deploy(stack({ colour: 'red', page: 'three' }));
    expect(third.stderr).toContain('removed config shop_page_HASH\n');
  });

  test('a service that cannot run is an error with its cause, and the others are deployed', async () => {
    const more = '  app: {image: "registry.invalid/app:1"}';
    const { code, stderr } = await deploy(stack({ page: 'three', more }));
    expect(code).toBe(3);
    expect(stderr).toContain('web: converged\n');
    expect(stderr).toContain(
      lines(
        'warning: no registry answers for registry.invalid/app:1 (app) (Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host); each node runs the image that it has or finds under the name',
      ),
    );
    expect(stderr).toContain(
      lines(
        'error: shop: 1 of 3 services failed: app',
        '  app: No such image: registry.invalid/app:1',
        'hint: see: belt stack ps shop',
      ),
    );
  });

  test('what the file no longer names goes with --prune alone, and that is asked about', async () => {
    const kept = await deploy(stack({ page: 'three' }));
    expect(kept).toMatchObject({ code: 0, stdout: '' });
    expect(kept.stderr).toContain('not in the files any more: service shop_app; to remove: --prune\n');
    const asked = await deploy(stack({ page: 'three' }), '--prune');
    expect(asked).toMatchObject({
      code: 2,
      stdout: lines('  What      Name      Change', '- service   shop_app  remove'),
    });
    expect(asked.stderr).toContain(
      lines(
        'error: --prune asks before it removes anything, but there is no terminal to ask on',
        'hint: add --yes if you are sure',
      ),
    );
    const removed = await deploy(stack({ page: 'three' }), '--prune --yes');
    expect(removed.stderr).toContain('removed service shop_app\n');
    expect((await w.belt('docker service ls --format {{.Name}}')).stdout).toBe(lines('shop_db', 'shop_web'));
  });

  test('--prune removes once the others run: what fails leaves what was there', async () => {
    const old = '  old: {image: "nginx:1.27"}';
    expect((await deploy(stack({ page: 'three', more: old }))).code).toBe(0);
    const failing = stack({ page: 'three', more: '  app: {image: "registry.invalid/app:1"}' });
    const failed = await deploy(failing, '--prune --yes');
    expect(failed.code).toBe(3);
    expect(failed.stderr).not.toContain('removed');
    expect((await w.belt('docker service ls --format {{.Name}}')).stdout).toContain('shop_old\n');
    const { code, stderr } = await deploy(stack({ page: 'three', colour: 'red' }), '--prune --yes');
    expect(code).toBe(0);
    const events = stderr.split('\n').filter((line) => /^(web: converged|removed|shop:)/.test(line));
    expect([events[0], ...events.slice(1, -1).sort(), events.at(-1)]).toEqual([
      'web: converged',
      'removed service shop_app',
      'removed service shop_old',
      'shop: 2 services converged',
    ]);
  });

  test('--prune removes before that what has the port of a new service', async () => {
    const app = (name: string) => `  ${name}: {image: "nginx:1.27", ports: ["81:80"]}`;
    expect((await deploy(stack({ page: 'three', more: app('old') }))).code).toBe(0);
    const { code, stderr } = await deploy(stack({ page: 'three', more: app('new') }), '--prune --yes');
    expect(code).toBe(0);
    expect(stderr).toContain('removed service shop_old\ncreated service new\n');
    await deploy(stack({ page: 'three' }), '--prune --yes');
  });

  test('--prune keeps a service of the files whose profile is not chosen, and says so', async () => {
    const file = stack({ page: 'three', more: '  tool: {image: "nginx:1.27", profiles: [tools]}' });
    expect((await deploy(file, '--profile tools')).stderr).toContain('created service tool\n');
    expect(await deploy(file, '--prune --yes')).toEqual({
      code: 0,
      stdout: '',
      stderr: lines(
        'in the files, but under a profile that is not chosen: shop_tool; left as it is',
        'nothing to do: 2 services as in the files',
      ),
    });
    await deploy(stack({ page: 'three' }), '--prune --yes');
  });

  test('--prune --yes with the files of another stack removes nothing', async () => {
    const other = 'name: shop\nservices: {blog: {image: "nginx:1.27"}}\n';
    const { code, stderr } = await deploy(other, '--prune --yes');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error: none of the files’ services is in the stack shop, and --prune would remove all that are (shop_',
    );
    expect(stderr).toContain('hint: if these are the files of another stack, name it: belt deploy NAME\n');
    expect((await w.belt('docker service ls --format {{.Name}}')).stdout).toBe(lines('shop_db', 'shop_web'));
  });

  test('what no node can run is told by --plan, and is not nothing to do', async () => {
    const more = '  ssd: {image: "nginx:1.27", deploy: {placement: {constraints: [node.labels.disk == ssd]}}}';
    const told = 'warning: ssd cannot run: no node that takes tasks meets node.labels.disk == ssd\n';
    const first = await deploy(stack({ page: 'three', more }), '--plan');
    expect(first).toMatchObject({ code: 4, stderr: expect.stringContaining(told) });
    expect((await deploy(stack({ page: 'three', more }), '--detach')).code).toBe(0);
    const again = await deploy(stack({ page: 'three', more }), '--plan');
    expect(again).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining(told) });
    expect(again.stderr).toContain('nothing to change, but not all of shop can run\n');
    expect((await deploy(stack({ page: 'three' }), '--prune --yes')).code).toBe(0);
  });

  test('a service waits for what it depends on to be healthy, and is not created where that fails', async () => {
    const more = (image: string) => `
  first: {image: "${image}"}
  second: {image: "nginx:1.27", depends_on: {first: {condition: service_healthy}}}`;
    const failed = await deploy(stack({ page: 'three', more: more('registry.invalid/app:1') }));
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain(
      'second: not created, as it depends on first: No such image: registry.invalid/app:1\n',
    );
    const { code, stderr } = await deploy(stack({ page: 'three', more: more('nginx:1.27') }));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /updated service first\nsecond waits for first\n(.*\n)*first: converged\n(.*\n)*created service second\n/,
    );
    const completes = more('nginx:1.27')
      .replace('service_healthy', 'service_completed_successfully')
      .replace('1.27", d', '1.28", d');
    expect((await deploy(stack({ page: 'three', more: completes }))).stderr).toContain(
      'second: not updated, as it depends on first: it is to complete, but is started again when it ends',
    );
    await deploy(stack({ page: 'three' }), '--prune --yes');
  });

  test('--timeout is of the whole run, however many services wait for others', async () => {
    const pair = (one: string, other: string) => `
  ${one}: {image: "nginx:1.27", deploy: {restart_policy: {condition: on-failure}}}
  ${other}: {image: "nginx:1.27", depends_on: {${one}: {condition: service_completed_successfully}}}`;
    const more = pair('a', 'b') + pair('c', 'd') + pair('e', 'f');
    const { code, stdout } = await deploy(stack({ page: 'three', more }), '--json --timeout 30');
    expect(code).toBe(3);
    const events = stdout
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { event: string; time: string; name?: string; service?: string; for?: string[] },
      );
    const at = (found: (typeof events)[number] | undefined) => Date.parse(found!.time);
    const took = at(events.at(-1)) - at(events.find(({ event, name }) => event === 'created' && name === 'a'));
    expect(took).toBeGreaterThan(25_000);
    expect(took).toBeLessThan(40_000);
    // What runs is not made to prove it again.
    expect(JSON.stringify(events.at(-1))).toContain('failed: b, d, f');
    await deploy(stack({ page: 'three' }), '--prune --yes');
  });

  test('on a terminal it asks', async () => {
    const no = await deploy(stack({ colour: 'green', page: 'three' }), '', { terminal: true, input: 'n\n' });
    expect(no.code).not.toBe(0);
    expect(no.stderr).toContain('Deploy shop?');
    expect((await deploy(stack({ colour: 'blue', page: 'three' }))).stderr).toContain('nothing to do');
  });

  test('--detach does not wait', async () => {
    const { code, stderr } = await deploy(stack({ colour: 'white', page: 'three' }), '--detach');
    expect(code).toBe(0);
    expect(stderr).toContain('updated service web\nnot waiting for the services; see: belt stack ps shop\n');
  });

  test('--detach --prune removes what can go at once, networks too', async () => {
    const more = '  old: {image: "nginx:1.27", networks: [extra]}\nnetworks: {extra: {}}';
    expect((await deploy(stack({ colour: 'white', page: 'three', more }))).stderr).toContain(
      'created network shop_extra\n',
    );
    const { code, stderr } = await deploy(stack({ colour: 'white', page: 'three' }), '--detach --prune --yes');
    expect(code).toBe(0);
    expect(stderr).toContain('removed service shop_old\n');
    expect(stderr).toMatch(
      /^(removed network shop_extra|warning: network shop_extra was not removed: .*; the same command later removes it)$/m,
    );
  });

  test('--json tells events, the last of them the end', async () => {
    const { code, stdout } = await deploy(stack({ page: 'three' }), '--json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(code).toBe(0);
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['plan', 'updated', 'service', 'end']));
    expect(events.at(-1)).toMatchObject({ event: 'end', stack: 'shop', exitCode: 0 });
  });

  test('--rollback goes back to what ran before, the config of that time among it, and does so once', async () => {
    const file = stack({ colour: 'black', page: 'four' });
    expect((await deploy(file)).code).toBe(0);
    const planned = {
      code: 4,
      stdout: lines(HEADER, '~ service   web     roll back'),
      stderr: lines('1 change; 1 service stays as it is'),
    };
    expect(await deploy(file, '--rollback --plan shop')).toEqual(planned);
    expect(await deploy(file, '--rollback --plan shop')).toEqual(planned);
    expect(JSON.parse((await deploy(file, '--rollback --plan --json shop')).stdout)).toEqual({
      stack: 'shop',
      changes: [{ kind: 'service', name: 'web', change: 'roll back', mark: '~' }],
      unchanged: ['db'],
    });
    const back = await deploy(file, '--rollback shop');
    expect({ ...back, stderr: settled(back.stderr) }).toEqual({
      code: 0,
      stdout: '',
      stderr: lines(
        'to go back to what they were: web',
        'rolling back service web',
        'web: converged',
        'shop: 1 service rolled back',
      ),
    });
    expect((await deploy(stack({ page: 'three' }), '--plan')).code).toBe(0);
    expect(await deploy(file, '--rollback')).toMatchObject({
      code: 1,
      stderr: lines(
        'error: nothing to go back to: the last deployment of shop was rolled back already',
        'hint: see: belt stack ps shop',
      ),
    });
  });

  test('--rollback tells events, and with --detach does not say what it has not seen', async () => {
    expect((await deploy(stack({ colour: 'pink', page: 'three' }))).code).toBe(0);
    const { stdout } = await w.belt('deploy --rollback --json shop');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.slice(0, 2)).toMatchObject([{ event: 'note' }, { event: 'rolled back', name: 'web' }]);
    expect(events.at(-1)).toMatchObject({ event: 'end', stack: 'shop', exitCode: 0 });
    expect((await deploy(stack({ colour: 'pink', page: 'three' }))).code).toBe(0);
    expect((await w.belt('deploy --rollback --detach shop')).stderr).toBe(
      lines(
        'to go back to what they were: web',
        'rolling back service web',
        'not waiting for the services; see: belt stack ps shop',
      ),
    );
  });

  test('--rollback does not undo what was changed by hand, nor go back beyond the last deployment', async () => {
    expect((await deploy(stack({ colour: 'grey', page: 'three' }))).code).toBe(0);
    const refused = {
      code: 1,
      stdout: '',
      stderr: lines(
        'error: web was changed by hand since the last deployment of shop: Swarm no longer knows what ran before it',
        'hint: deploy the files of that time; to see what is there: belt stack ps shop',
      ),
    };
    await w.belt('docker service scale shop_db=2');
    expect((await w.belt('deploy --rollback --plan shop')).stdout).toBe(lines(HEADER, '~ service   web     roll back'));
    await w.belt('docker service scale shop_web=3');
    expect(await w.belt('deploy --rollback --plan shop')).toEqual(refused);
    expect(await w.belt('deploy --rollback shop')).toEqual(refused);
    expect((await deploy(stack({ page: 'three' }))).code).toBe(0);
  });

  test.each([
    ['--rollback --prune shop', '--prune', ' shop'],
    ['--rollback --strict', '--strict', ''],
    ['--rollback -c compose.yaml shop', '-c', ' shop'],
  ])('%s is a usage error', async (words, option, name) => {
    expect(await deploy(stack(), words)).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        `error: --rollback cannot be used with ${option}: it goes back to what the swarm ran before`,
        `hint: see what it would do: belt deploy --rollback --plan${name}`,
      ),
    });
  });

  test('Ctrl-C while it waits says what was sent, and how to go on', async () => {
    w.write('compose.yaml', stack({ colour: 'teal', page: 'three' }));
    const run = w.start('deploy');
    const watch = setInterval(() => run.so().stderr.includes('updated service web') && run.interrupt(), 1);
    const { code, stderr } = await run.outcome;
    clearInterval(watch);
    expect(code).toBe(130);
    expect(stderr).toContain(
      lines(
        'interrupted; sent before that: web',
        'hint: the same command again goes on and waits; to go back: belt deploy --rollback shop',
      ),
    );
    expect((await w.belt('deploy')).code).toBe(0);
  });

  test('nothing of a secret is in what belt prints, however much it tells', async () => {
    const more = '  safe: {image: nginx, secrets: [word]}\nsecrets:\n  word: {content: hunter2-made-up}';
    const { code, stdout, stderr } = await deploy(stack({ page: 'three', more }), '--trace');
    expect(code).toBe(0);
    const hidden = ['hunter2-made-up', Buffer.from('hunter2-made-up').toString('base64')];
    for (const secret of hidden) expect(stdout + stderr).not.toContain(secret);
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256').update('hunter2-made-up').digest('hex');
    expect(stdout + stderr).not.toContain(hash.slice(0, 8));
    expect(stderr).toContain('created secret shop_word_HASH\n');
  });

  test('what is external has to be there before anything is changed', async () => {
    const more = `  tls: {image: nginx, secrets: [cert]}
secrets:
  cert: {external: true}`;
    const { code, stderr } = await deploy(stack({ page: 'three', more }));
    expect(code).toBe(1);
    expect(stderr).toContain(
      lines(
        'error: the secret cert is external in the file, but the swarm has none of this name',
        'hint: create it: belt secret set cert < FILE',
      ),
    );
  });
});

test('without a swarm it says so', async () => {
  const w = world();
  try {
    await w.sandbox();
    await w.belt('create 512mb node1');
    w.write('compose.yaml', 'services: {web: {image: "nginx:1"}}');
    expect(await w.belt('deploy')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines('error: no node of the cluster is in a swarm', 'hint: create one: belt swarm init node1'),
    });
  } finally {
    await w.end();
  }
});
