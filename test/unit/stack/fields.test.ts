import { expect, test } from 'vitest';
import { fieldChanges, fieldLine } from '../../../src/stack/fields.ts';

const lines = (part: string, before: unknown, after: unknown, values = false) =>
  fieldChanges([{ part, before, after }], { values }).map(fieldLine);

test.each<[string, unknown, unknown, string[]]>([
  ['image', 'nginx:1', 'nginx:2', ['image: nginx:1 → nginx:2']],
  ['resources', { Limits: { MemoryBytes: 1 } }, undefined, ['resources limits.memory_bytes: 1 → none']],
  ['placement', { Constraints: ['a'] }, { Constraints: ['a', 'b'] }, ['placement constraints: ["a"] → ["a","b"]']],
  [
    'ports',
    { Ports: [{ TargetPort: 80, PublishedPort: 80 }] },
    { Ports: [{ TargetPort: 80, PublishedPort: 81 }] },
    ['ports ports.80/tcp.published_port: 80 → 81'],
  ],
  ['environment', ['A=1', 'B=2'], ['A=1', 'B=3', 'C=4'], ['environment B: changed', 'environment C: new']],
  ['environment', ['A=1'], undefined, ['environment A: removed']],
  ['labels', { 'a.b': '1' }, { 'a.b': '2' }, ['labels a.b: changed']],
  ['command', ['x', '--password=y'], ['x'], ['command: changed']],
  [
    'volumes',
    [{ Target: '/d', Source: 'a', VolumeOptions: { DriverConfig: { Options: { o: 'password=x' } } } }],
    [{ Target: '/d', Source: 'b', VolumeOptions: { DriverConfig: { Options: { o: 'password=y' } } } }],
    ['volumes /d.source: a → b', 'volumes /d.volume_options.driver_config.options.o: changed'],
  ],
])('%s: %j → %j', (part, before, after, expected) => expect(lines(part, before, after)).toEqual(expected));

test('with values, those that may be secret too', () => {
  expect(lines('environment', ['A=x y'], ['A='], true)).toEqual(['environment A: "x y" → ""']);
});
