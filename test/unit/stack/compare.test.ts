// What an engine gives back for a spec that it took: its keys in another order, and what says nothing filled in or left out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServiceSpec } from '../../../src/compose/spec.ts';
import { changedParts, type EngineSpec } from '../../../src/stack/compare.ts';

/** The parts of a spec, of which each run has some. */
const key = fc.constantFrom('a', 'b', 'com.docker.stack.namespace', 'kind', 'zebra');
const labels = fc.dictionary(key, fc.string(), { minKeys: 2 });
const mount = fc.oneof(
  fc.record({
    Type: fc.constant('volume'),
    Source: fc.constant('data'),
    Target: fc.constant('/data'),
    VolumeOptions: fc.record({
      Labels: labels,
      DriverConfig: fc.record({ Name: fc.constant('nfs'), Options: labels }),
    }),
  }),
  fc.record({
    Type: fc.constant('tmpfs'),
    Target: fc.constant('/run/x'),
    TmpfsOptions: fc.record({ SizeBytes: fc.integer({ min: 1 }), Mode: fc.integer({ min: 1 }) }),
  }),
  fc.record({
    Type: fc.constant('bind'),
    Target: fc.constant('/x'),
    BindOptions: fc.record({ Propagation: fc.constant('rslave'), NonRecursive: fc.constant(true) }),
  }),
);
const spec = fc.record({
  Name: fc.constant('shop_app'),
  Labels: labels,
  TaskTemplate: fc.record({
    ContainerSpec: fc.record({
      Image: fc.constant('nginx:1'),
      Labels: labels,
      Mounts: fc.array(mount),
      Sysctls: labels,
    }),
    LogDriver: fc.record({ Name: fc.constant('json-file'), Options: labels }),
  }),
  Mode: fc.constant({ Replicated: { Replicas: 2 } }),
});

/** Fields that say nothing where an engine writes them down. */
const EMPTY: Record<string, object> = {
  VolumeOptions: { NoCopy: false, Subpath: '' },
  BindOptions: { CreateMountpoint: false },
  TmpfsOptions: { Options: null },
  ContainerSpec: { Hosts: null, TTY: false, Groups: [] },
};

function asEngine(value: unknown, at = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => asEngine(each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries({ ...value, ...EMPTY[at] }).map(([name, each]) => [name, asEngine(each, name)]);
  return Object.fromEntries(entries.reverse());
}

test('the same spec as an engine has it is no change', () => {
  fc.assert(
    fc.property(spec, (wanted) => {
      const now = asEngine(wanted) as EngineSpec;
      expect(changedParts(now, wanted as unknown as ServiceSpec, new Map())).toEqual([]);
    }),
  );
});

test('a label of a volume is a change of it', () => {
  const mounted = (kind: string) => ({
    Name: 'shop_app',
    TaskTemplate: {
      ContainerSpec: {
        Image: 'nginx:1',
        Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', VolumeOptions: { Labels: { kind } } }],
      },
    },
  });
  const parts = changedParts(mounted('db') as never, mounted('cache') as never, new Map());
  expect(parts.map(({ part }) => part)).toEqual(['volumes']);
});
