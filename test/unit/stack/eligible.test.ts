import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { StackEngine } from '../../../src/engine/stack-calls.ts';
import { RegistryAuths } from '../../../src/registry/auths.ts';
import { unmet } from '../../../src/stack/eligible.ts';
import { Images } from '../../../src/stack/images.ts';
import { withKeepalive } from '../../../src/stack/keepalive.ts';
import { engineService, node, service } from './pieces.ts';

test.each([
  [['node.role == worker'], undefined],
  [['node.role==manager'], 'node.role==manager'],
  [['node.role != manager', 'node.labels.disk == ssd'], undefined],
  [['node.hostname == w1', 'node.labels.zone != b'], undefined],
  [['NODE.HOSTNAME == w1', 'Node.Labels.disk != ssd'], 'Node.Labels.disk != ssd'],
  [['node.hostname == w1', 'node.hostname == w2'], 'node.hostname == w1 and node.hostname == w2'],
  [['node.hostname == w3'], 'node.hostname == w3'],
  [['node.ip == 10.0.0.0/8'], undefined],
  [['Node.Platform.Arch == X86_64'], undefined],
  [['node.platform.arch == amd64'], 'node.platform.arch == amd64'],
  [['nonsense'], undefined],
])('constraints %j: what no node meets is %j', (constraints, expected) => {
  const drained = node('w3', { availability: 'drain' });
  expect(unmet(constraints, [node('w1'), node('w2'), drained])).toBe(expected);
});

test('an image for other platforms than the nodes is told once, and credentials go with it', async () => {
  const said: string[] = [];
  const sent: unknown[] = [];
  const context = {
    env: {},
    home: '/nonexistent',
    signal: new AbortController().signal,
    out: { warn: (text: string) => said.push(text) },
  } as unknown as Context;
  const engine = {
    nodes: async () => [node('w1'), node('w2')],
    imageOf: async (image: string, auth: unknown) => {
      sent.push(auth);
      const architecture = image === 'mine' ? 'arm64' : 'amd64';
      return { digest: `sha256:${'a'.repeat(64)}`, platforms: [{ os: 'linux', architecture }] };
    },
  } as unknown as StackEngine;
  const images = new Images(context, engine, new RegistryAuths(context));
  await images.pinned('mine', 'web');
  await images.pinned('mine', 'app');
  await images.pinned('nginx', 'app');
  images.tell();
  expect(said).toEqual(['mine is for linux/arm64, and no node can run it: they are linux/amd64']);
  expect(sent).toEqual([undefined, undefined]);
});

const SYSCTL = 'net.ipv4.tcp_keepalive_time';
const database = (change: Parameters<typeof service>[1] = () => {}) =>
  service('db', (spec) => {
    spec.TaskTemplate.ContainerSpec.Image = 'docker.io/library/postgres:17';
    change(spec);
  });
const sysctls = (wanted: ReturnType<typeof service>) =>
  withKeepalive(wanted.spec, undefined, false).spec.TaskTemplate.ContainerSpec.Sysctls;

test('a database behind the load balancer sends keepalives, unless the file says otherwise', () => {
  expect(sysctls(database())).toEqual({ [SYSCTL]: '600' });
  const published = service('q', (spec) =>
    Object.assign(spec, { EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 5672, PublishMode: 'ingress' }] } }),
  );
  expect(sysctls(published)).toEqual({ [SYSCTL]: '600' });
  expect(sysctls(service('web'))).toBeUndefined();
  expect(sysctls(database((spec) => Object.assign(spec, { EndpointSpec: { Mode: 'dnsrr' } })))).toBeUndefined();
  const own = { [SYSCTL]: '7200' };
  expect(sysctls(database((spec) => Object.assign(spec.TaskTemplate.ContainerSpec, { Sysctls: own })))).toEqual(own);
});

test('one that runs without is not restarted for it, and one that has it keeps it', () => {
  const wanted = database();
  const plain = engineService(wanted);
  expect(withKeepalive(wanted.spec, plain, false)).toEqual({ spec: wanted.spec, isNew: false });
  expect(withKeepalive(wanted.spec, plain, true)).toMatchObject({ isNew: true });
  const kept = database((spec) => Object.assign(spec.TaskTemplate.ContainerSpec, { Sysctls: { [SYSCTL]: '600' } }));
  const { spec, isNew } = withKeepalive(wanted.spec, engineService(kept), false);
  expect({ sysctls: spec.TaskTemplate.ContainerSpec.Sysctls, isNew }).toEqual({
    sysctls: { [SYSCTL]: '600' },
    isNew: false,
  });
});
