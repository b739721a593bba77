import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { DesiredStack } from '../../../src/compose/desired.ts';
import type { ApiData } from '../../../src/engine/stack-calls.ts';
import { exportStack } from '../../../src/stack/export.ts';
import { toYaml } from '../../../src/stack/export-yaml.ts';
import type { Existing } from '../../../src/stack/observe.ts';
import { isNothing, planStack } from '../../../src/stack/plan.ts';
import { stackOf } from '../compose/fixture.ts';
import { engineService } from './pieces.ts';

const NOW_MS = Date.parse('2026-01-31T12:00:00Z');
const SALT = Buffer.alloc(32, 1);
const options = { digests: false, nowMs: NOW_MS, stringify: toYaml };

/** The swarm after a deployment of the stack, as Docker 26 tells it. `others`: networks that were there before. */
function deployed(wanted: DesiredStack, others: Existing['networks'] = []): Existing {
  const empty: Existing = { services: [], networks: others, configs: [], secrets: [], salt: SALT };
  const own = wanted.networks.map(({ name, body }) => ({ Id: `id-${name}`, Name: name, Scope: 'swarm', ...body }));
  const networks = [...own, ...others];
  const plan = planStack(wanted, empty, { prune: false, freshSalt: SALT, nowMs: NOW_MS });
  const data = (kind: string): ApiData[] =>
    plan.data
      .filter((one) => one.kind === kind)
      .map(({ name, body }) => {
        const { Data, ...spec } = structuredClone(body) as ApiData['Spec'];
        return {
          ID: `id-${name}`,
          CreatedAt: undefined,
          Spec: kind === 'config' ? { ...spec, Data } : { ...spec, Data: null },
        };
      });
  const all = { networks, configs: data('config'), secrets: data('secret') };
  const again = planStack(wanted, { ...empty, ...all }, { prune: false, freshSalt: SALT, nowMs: NOW_MS });
  const services = again.services.map(({ spec }, n) => engineService({ ...wanted.services[n]!, spec }));
  return { ...empty, ...all, services };
}

/** What a deployment of the exported file would do, and what the export said of it. */
function again(existing: Existing) {
  const { text, notes } = exportStack('shop', existing, options);
  const read = stackOf(text);
  const plan = planStack(read, existing, { prune: false, freshSalt: SALT, nowMs: NOW_MS });
  return { text, notes, plan };
}

// Whatever a person may have typed: dollars, quotes, what YAML takes for something else.
const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    'yes',
    '0123',
    '1e3',
    'null',
    '~',
    '$A',
    '$$',
    '# x',
    'a: b',
    '- a',
    '2026-01-01',
    '22:22',
    '\u202e',
    'ü',
    ' a ',
    'a\nb\n',
    '{}',
    "'",
    '"',
    '\\',
    'x-y',
    '<<',
    '=',
    '!t',
    '&a',
    '*a',
    '%',
    '@',
    '`',
  ),
);
const clean = text.filter((one) => !/[\0\ud800-\udfff]/.test(one));
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const escaped = (value: string) => value.replaceAll('$', '$$$$');
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const list = fc.array(clean.map(escaped), { minLength: 1, maxLength: 3 });
const pairs = fc
  .dictionary(fc.oneof(word, fc.constantFrom('x-a', 'a.b', 'yes', '1')), clean.map(escaped), { minKeys: 1, maxKeys: 3 })
  .map((found) => Object.entries(found).map(([key, value]) => `${key}=${value}`));
const time = fc.constantFrom('0s', '1s', '1m30s', '90ms', '2h', '7us');
const update = fc.record(
  {
    parallelism: fc.nat(3),
    delay: time,
    monitor: time,
    max_failure_ratio: fc.constantFrom(0, 0.25),
    order: fc.constantFrom('start-first', 'stop-first'),
    failure_action: fc.constantFrom('pause', 'continue'),
  },
  { requiredKeys: [] },
);

const service = fc.record(
  {
    image: fc.constantFrom('nginx', 'nginx:1.27', 'r.test:5000/a/b:c'),
    command: list,
    entrypoint: list,
    environment: fc
      .uniqueArray(fc.tuple(word, clean.map(escaped)), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
      .map((all) => all.map(([name, value]) => `${name}=${value}`)),
    labels: pairs,
    hostname: word,
    user: fc.constantFrom('0', '1000:1000', 'app'),
    working_dir: fc.constantFrom('/', '/a b'),
    group_add: fc.constant(['4', 'audio']),
    init: fc.boolean(),
    tty: fc.boolean(),
    stdin_open: fc.boolean(),
    read_only: fc.boolean(),
    stop_signal: fc.constantFrom('SIGINT', '9'),
    stop_grace_period: time,
    healthcheck: fc.oneof(
      fc.constant({ disable: true }),
      fc.record(
        {
          test: fc.oneof(list, clean.map(escaped)),
          interval: time,
          timeout: time,
          retries: fc.nat(5),
          start_period: time,
        },
        { requiredKeys: ['test'] },
      ),
    ),
    extra_hosts: fc.constant(['a:10.0.0.1', 'b:::1']),
    dns: fc.constant(['1.1.1.1']),
    dns_search: fc.constant(['a.test']),
    sysctls: fc.constant({ 'net.core.somaxconn': '1024' }),
    cap_add: fc.constantFrom(['NET_ADMIN'], ['ALL']),
    cap_drop: fc.constant(['CHOWN', 'MKNOD']),
    ulimits: fc.constant({ nofile: { soft: 5, hard: 10 }, nproc: -1 }),
    oom_score_adj: fc.constantFrom(-5, 7),
    tmpfs: fc.constantFrom('/run', '/run:size=64m,mode=1777'),
    volumes: fc.subarray(['data:/data', 'own:/own:ro,nocopy', '/srv:/srv:ro', '/anonymous', 'there:/there'], {
      minLength: 1,
    }),
    configs: fc.subarray([{ source: 'page', target: '/p', mode: '0440', uid: '7' }, 'named', 'there'], {
      minLength: 1,
    }),
    secrets: fc.subarray(['key', { source: 'key', target: 'other', gid: '9' }], { minLength: 1 }),
    networks: fc.constantFrom(['default'], { default: { aliases: ['z', 'other'] }, back: null }, ['back']),
    logging: fc.record({ driver: fc.constantFrom('json-file', 'none'), options: pairs }, { requiredKeys: ['driver'] }),
    ports: fc.subarray(
      ['80:80', '53:53/udp', { target: 9, published: 90, mode: 'host', name: 'n' }, '8000-8002:8000-8002'],
      { minLength: 1 },
    ),
    deploy: fc.record(
      {
        replicas: fc.nat(5),
        labels: pairs,
        placement: fc.record(
          {
            constraints: fc.constant(['node.role==worker', 'node.labels.a != b']),
            preferences: fc.constant([{ spread: 'node.labels.zone' }]),
            max_replicas_per_node: fc.nat(3),
          },
          { requiredKeys: [] },
        ),
        resources: fc.record(
          {
            limits: fc.record(
              {
                cpus: fc.constantFrom('0.5', '2', '0.000000001'),
                memory: fc.constantFrom('64m', '1g', '12345'),
                pids: fc.nat(9),
              },
              { requiredKeys: [] },
            ),
            reservations: fc.record(
              {
                cpus: fc.constant('0.25'),
                memory: fc.constant('8m'),
                generic_resources: fc.constant([{ discrete_resource_spec: { kind: 'gpu', value: 2 } }]),
              },
              { requiredKeys: [] },
            ),
          },
          { requiredKeys: [] },
        ),
        restart_policy: fc.record(
          {
            condition: fc.constantFrom('none', 'on-failure', 'any'),
            delay: time,
            max_attempts: fc.nat(3),
            window: time,
          },
          { requiredKeys: [] },
        ),
        update_config: update,
        rollback_config: update,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['image'] },
);

const file = fc
  .record({ web: service, other: some(service), page: clean, label: pairs })
  .map(({ web, other, page, label }) => ({
    name: 'shop',
    services: { web, ...(other && { other: { ...other, ports: undefined } }) },
    networks: { back: { internal: true, labels: label } },
    volumes: {
      data: { labels: label },
      own: { name: 'elsewhere', driver: 'local', driver_opts: label },
      there: { external: true, name: 'is-there' },
    },
    configs: {
      page: { content: escaped(page), labels: label },
      named: { name: 'given', content: 'a\tb$$\n' },
      there: { content: 'x', template_driver: 'golang' },
    },
    secrets: { key: { content: 'made-up-secret' } },
  }));

describe('belt stack export', () => {
  test('a deployment of what it prints changes nothing, whatever runs', () => {
    fc.assert(
      fc.property(file, (written) => {
        const wanted = stackOf(toYaml(JSON.parse(JSON.stringify(written))));
        fc.pre(wanted.findings.every(({ severity }) => severity !== 'error'));
        const { text: exported, notes, plan } = again(deployed(wanted));
        expect(
          plan.services.flatMap(({ name, changes }) => changes.map((change) => `${name}: ${change}`)),
          exported,
        ).toEqual([]);
        expect(notes, exported).toEqual([]);
        // What no service uses goes with any deployment.
        expect(isNothing({ ...plan, unused: [] }), exported).toBe(true);
        expect(exported).not.toContain('made-up-secret');
      }),
      { seed: 12, numRuns: 60 },
    );
  });

  test.each(['yes', '0123', '1_000', '0b1', '$A', 'a\tb', '\u202e', 'x: y', ' a', '', 'null', '1:30'])(
    'the text %j is one for every reader of YAML',
    (value) => {
      const yaml = toYaml({ value, list: [value] });
      for (const version of ['1.1', '1.2'] as const) expect(parse(yaml, { version })).toEqual({ value, list: [value] });
    },
  );

  test('what no file can say is told, without its value', () => {
    const wanted = stackOf('name: shop\nservices: {web: {image: nginx, environment: [A=b]}}\n');
    const existing = deployed(wanted);
    const container = existing.services[0]!.Spec.TaskTemplate['ContainerSpec'] as Record<string, unknown>;
    container['Privileges'] = { NoNewPrivileges: true };
    container['Env'] = ['B=hunter2', 'A=b'];
    // Docker’s own client sends them sorted.
    const { notes } = again(existing);
    expect(notes).toEqual([
      'web: a deployment would change the order of environment',
      'web: a deployment would change container privileges.no_new_privileges: true → none',
    ]);
  });

  test('what is the stack’s own and what is another’s may have one key', () => {
    const wanted = stackOf(`name: shop
services:
  web:
    image: nginx
    networks: [front, theirs]
    volumes: [data:/own, other:/theirs]
networks:
  front: {}
  theirs: {external: true, name: front}
volumes:
  data: {}
  other: {external: true, name: data}
`);
    const theirs = { Id: 'id-front', Name: 'front', Scope: 'swarm', Driver: 'overlay', Attachable: true };
    const existing = deployed(wanted, [theirs]);
    const { text: exported, notes, plan } = again(existing);
    expect(parse(exported)).toMatchObject({
      services: { web: { networks: { front: null, front_2: null } } },
      networks: { front: {}, front_2: { external: true, name: 'front' } },
      volumes: { data: {}, data_2: { external: true, name: 'data' } },
    });
    expect({ notes, changes: plan.services.flatMap(({ changes }) => changes) }, exported).toEqual({
      notes: [],
      changes: [],
    });
  });

  test('digests, and a job', () => {
    const wanted = stackOf(
      'name: shop\nservices: {web: {image: nginx:1, deploy: {mode: replicated-job, replicas: 3}}}\n',
    );
    const { file: printed } = exportStack('shop', deployed(wanted), { ...options, digests: true });
    expect(printed.services).toMatchObject({
      web: { image: expect.stringMatching(/^nginx:1@sha256:a{64}$/), deploy: { mode: 'replicated-job', replicas: 3 } },
    });
  });
});
