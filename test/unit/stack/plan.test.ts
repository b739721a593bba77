import { describe, expect, test } from 'vitest';
import { newSalt } from '../../../src/stack/names.ts';
import { inOrder, isNothing, planStack } from '../../../src/stack/plan.ts';
import { unused } from '../../../src/stack/unused.ts';
import { data, EMPTY, engineNetwork, engineService, service, stack } from './pieces.ts';

const NOW_MS = Date.parse('2026-01-31T12:00:00Z');
const options = { prune: false, freshSalt: newSalt(), nowMs: NOW_MS };
const SALT = Buffer.alloc(32, 1);

describe('a plan', () => {
  test('creates what there is not', () => {
    const plan = planStack(stack({ services: [service('web')] }), EMPTY, options);
    expect(plan.networks.map(({ name }) => name)).toEqual(['shop_default']);
    expect(plan.services).toMatchObject([{ name: 'web', now: undefined, changes: [] }]);
    expect(isNothing(plan)).toBe(false);
  });

  const there = (wanted = service('web')) => ({
    ...EMPTY,
    networks: [engineNetwork('shop_default')],
    services: [engineService(wanted)],
  });

  test('the same file again changes nothing, whatever the engine filled in', () => {
    const wanted = service('web', (spec) => {
      spec.EndpointSpec = { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' }] };
      spec.UpdateConfig = { Parallelism: 1, Delay: 0, Order: 'stop-first' };
      spec.TaskTemplate.RestartPolicy = { Condition: 'any' };
    });
    const plan = planStack(stack({ services: [wanted] }), there(wanted), options);
    expect(plan.services[0]!.changes).toEqual([]);
    expect(isNothing(plan)).toBe(true);
  });

  test.each<[string, Parameters<typeof service>[1], string[]]>([
    ['a variable', (spec) => spec.TaskTemplate.ContainerSpec.Env!.push('B=2'), ['environment']],
    ['how many', (spec) => Object.assign(spec.Mode, { Replicated: { Replicas: 0 } }), ['replicas 1 → 0']],
    ['everywhere', (spec) => Object.assign(spec, { Mode: { Global: {} } }), ['mode']],
    ['a label', (spec) => Object.assign(spec.Labels, { tier: '' }), ['labels']],
    [
      'a port',
      (spec) =>
        Object.assign(spec, { EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 1, PublishMode: 'host' }] } }),
      ['ports'],
    ],
    ['a network', (spec) => spec.TaskTemplate.Networks!.push({ Target: 'shop_other' }), ['networks']],
    ['no init', (spec) => Object.assign(spec.TaskTemplate.ContainerSpec, { Init: false }), ['container']],
    ['no pause', (spec) => Object.assign(spec.TaskTemplate, { RestartPolicy: { Delay: 0 } }), ['restart policy']],
    [
      'another image',
      (spec) => {
        spec.TaskTemplate.ContainerSpec.Image = 'nginx:1.28';
        spec.Labels['com.docker.stack.image'] = 'nginx:1.28';
      },
      ['image nginx:1.27 → nginx:1.28'],
    ],
  ])('%s is a change, and the only one', (_, change, changes) => {
    const plan = planStack(stack({ services: [service('web', change)] }), there(), options);
    expect(plan.services[0]!.changes).toEqual(changes);
  });

  test('keeps the pinned image, the platforms and a forced restart of what runs', () => {
    const existing = there();
    existing.services[0]!.Spec.TaskTemplate['ForceUpdate'] = 3;
    const plan = planStack(
      stack({ services: [service('web', (spec) => Object.assign(spec.Labels, { a: 'b' }))] }),
      existing,
      options,
    );
    expect(plan.services[0]!.spec.TaskTemplate).toMatchObject({
      ForceUpdate: 3,
      Placement: { Platforms: [{ OS: 'linux' }] },
      ContainerSpec: { Image: expect.stringContaining('nginx:1.27@sha256:') },
    });
  });

  test('leaves what the file no longer names, unless it is to be pruned', () => {
    const gone = { ...there(), services: [engineService(service('web')), engineService(service('old'))] };
    const wanted = stack({ services: [service('web')] });
    expect(planStack(wanted, gone, options)).toMatchObject({ removals: [], extra: [{ name: 'shop_old' }] });
    expect(planStack(wanted, gone, { ...options, prune: true })).toMatchObject({
      removals: [{ kind: 'services', id: 'id-shop_old', name: 'shop_old', ports: [] }],
      extra: [],
    });
  });

  test('keeps what a profile that is not chosen names, and its network', () => {
    const debug = engineService(service('debug', (spec) => spec.TaskTemplate.Networks!.push({ Target: 'shop_debug' })));
    const networks = ['shop_default', 'shop_debug', 'shop_old'].map(engineNetwork);
    const existing = { ...there(), networks, services: [engineService(service('web')), debug] };
    const wanted = stack({ services: [service('web')], inactive: ['debug', 'never'] });
    expect(planStack(wanted, existing, { ...options, prune: true })).toMatchObject({
      inactive: ['shop_debug'],
      removals: [{ kind: 'networks', name: 'shop_old' }],
    });
  });

  test('a service of that name in another stack is nobody’s to change', () => {
    const other = engineService(service('web'));
    other.Spec.Labels = { 'com.docker.stack.namespace': 'other' };
    expect(() => planStack(stack({ services: [service('web')] }), { ...EMPTY, services: [other] }, options)).toThrow(
      'the swarm has a service shop_web that is not of the stack shop',
    );
  });

  test('what is external has to be there', () => {
    const wanted = stack({ secrets: [data('tls', '', { external: true, name: 'tls' })] });
    expect(() => planStack(wanted, EMPTY, options)).toThrow(
      'the secret tls is external in the file, but the swarm has none of this name',
    );
  });
});

describe('configs and secrets', () => {
  const file = (Name: string) => ({ Name, UID: '0', GID: '0', Mode: 0o444 });
  const withSecret = (content: string) => {
    const reference = { File: file('password'), SecretID: '', SecretName: 'shop_password' };
    const web = service('web', (spec) => Object.assign(spec.TaskTemplate.ContainerSpec, { Secrets: [reference] }));
    return stack({
      secrets: [data('password', content)],
      services: [{ ...web, secrets: [{ key: 'password', reference }] }],
    });
  };
  const salted = { ...EMPTY, networks: [engineNetwork('shop_default')], salt: SALT };

  test('are named by their content, and the file in the container stays what it is', () => {
    const [one, other] = ['one', 'other'].map((content) => planStack(withSecret(content), salted, options));
    expect(one!.data[0]!.name).toMatch(/^shop_password_[0-9a-f]{16}$/);
    expect(other!.data[0]!.name).not.toBe(one!.data[0]!.name);
    expect(one!.services[0]!.spec.TaskTemplate.ContainerSpec.Secrets).toMatchObject([
      { File: { Name: 'password' }, SecretName: one!.data[0]!.name },
    ]);
    expect(planStack(withSecret('one'), salted, options).data[0]!.name).toBe(one!.data[0]!.name);
  });

  test('two that the file gives one name keep their own contents', () => {
    const keys = ['x', 'y'];
    const references = keys.map((key) => ({ File: file(key), ConfigID: '', ConfigName: 'shop_x' }));
    const web = service('web', (spec) => Object.assign(spec.TaskTemplate.ContainerSpec, { Configs: references }));
    const wanted = stack({
      configs: [data('x', 'one'), data('y', 'two', { name: 'shop_x', isNamed: true })],
      services: [{ ...web, configs: keys.map((key, n) => ({ key, reference: references[n]! })) }],
    });
    const plan = planStack(wanted, salted, options);
    expect(plan.services[0]!.spec.TaskTemplate.ContainerSpec.Configs).toMatchObject([
      { File: { Name: 'x' }, ConfigName: expect.stringMatching(/^shop_x_[0-9a-f]{16}$/) },
      { File: { Name: 'y' }, ConfigName: 'shop_x' },
    ]);
  });

  test('the name tells nothing to who does not have the swarm’s key', () => {
    const elsewhere = { ...salted, salt: Buffer.alloc(32, 2) };
    const [here, there] = [salted, elsewhere].map((existing) => planStack(withSecret('one'), existing, options));
    expect(here!.data[0]!.name).not.toBe(there!.data[0]!.name);
  });

  test('a new content changes the services that use it, and nothing else is created', () => {
    const first = planStack(withSecret('one'), salted, options);
    const secrets = [
      {
        ID: 'id-one',
        Spec: { Name: first.data[0]!.name, Labels: { 'com.docker.stack.namespace': 'shop', 'belt.key': 'password' } },
      },
    ];
    const [wanted] = withSecret('one').services;
    wanted!.spec = first.services[0]!.spec;
    const running = engineService(wanted!);
    for (const each of (running.Spec.TaskTemplate['ContainerSpec'] as { Secrets: { SecretID: string }[] }).Secrets)
      each.SecretID = 'id-one';
    const existing = { ...salted, secrets, services: [running] };
    expect(isNothing(planStack(withSecret('one'), existing, options))).toBe(true);
    const second = planStack(withSecret('two'), existing, options);
    expect(second).toMatchObject({ data: [{ key: 'password' }], services: [{ changes: ['secrets'] }], removals: [] });
    // While the service has it, or goes back to it, it stays.
    expect(unused(existing, second, { nowMs: NOW_MS })).toEqual([]);
    const rolled = {
      ...existing,
      services: [
        { ...running, Spec: { ...running.Spec, TaskTemplate: { ContainerSpec: {} } }, PreviousSpec: running.Spec },
      ],
    };
    expect(unused(rolled, second, { nowMs: NOW_MS })).toEqual([]);
    expect(unused({ ...existing, services: [] }, second, { nowMs: NOW_MS })).toEqual([
      { kind: 'secrets', id: 'id-one', name: first.data[0]!.name },
    ]);
  });

  test('one that nothing uses is removed, and told; one that another run made a moment ago is not', () => {
    const made = (ID: string, CreatedAt: string) => ({
      ID,
      CreatedAt,
      Spec: { Name: `shop_${ID}`, Labels: { 'com.docker.stack.namespace': 'shop', 'belt.key': 'password' } },
    });
    const secrets = [made('old', '2026-01-31T11:49:00Z'), made('fresh', '2026-01-31T11:51:00Z')];
    const wanted = stack({ services: [service('web')] });
    const existing = { ...salted, secrets, services: [engineService(service('web'))] };
    const plan = planStack(wanted, existing, options);
    expect(plan.unused).toEqual([{ kind: 'secrets', id: 'old', name: 'shop_old' }]);
    expect(isNothing(plan)).toBe(false);
    const usedBefore = new Set(['fresh']);
    expect(unused(existing, plan, { nowMs: NOW_MS, usedBefore }).map(({ id }) => id)).toEqual(['old', 'fresh']);
  });

  test('a long name loses its middle, not its hash', () => {
    const wanted = stack({ configs: [data('k'.repeat(80), 'text')] });
    const name = planStack(wanted, salted, options).data[0]!.name;
    expect(name).toMatch(/^shop_k+_[0-9a-f]{16}$/);
    expect(name.length).toBe(64);
  });

  test('a name that the file gives stays, and another content is told', () => {
    const named = (content: string) => stack({ configs: [data('app', content, { isNamed: true, name: 'app-v1' })] });
    const configs = [{ ID: 'c1', Spec: { Name: 'app-v1', Data: Buffer.from('one').toString('base64') } }];
    expect(planStack(named('one'), { ...salted, configs }, options)).toMatchObject({ data: [], left: [] });
    expect(planStack(named('two'), { ...salted, configs }, options).left).toEqual([
      'the config app-v1 exists with another content, which cannot be changed: give it another name in the file, or none',
    ]);
  });
});

test('services come after what they depend on, and a circle ends', () => {
  const depends = (name: string, ...on: string[]) => ({
    ...service(name),
    dependsOn: on.map((other) => ({ service: other, condition: 'service_started' as const, at: service(name).at })),
  });
  const names = (...services: ReturnType<typeof depends>[]) => inOrder(services).map(({ name }) => name);
  expect(names(depends('web', 'api'), depends('api', 'db'), depends('db'))).toEqual(['db', 'api', 'web']);
  expect(names(depends('a', 'b'), depends('b', 'a'))).toEqual(['b', 'a']);
});

test('an update that is paused is gone on with by the same file', () => {
  const wanted = service('web');
  const now = engineService(wanted, { UpdateStatus: { State: 'paused', Message: 'update paused' } });
  const existing = { ...EMPTY, networks: [engineNetwork('shop_default')], services: [now] };
  const plan = planStack(stack({ services: [wanted] }), existing, options);
  expect(plan.services[0]!.changes).toEqual(['nothing, but go on with its paused update']);
});
