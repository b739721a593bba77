import { expect, test } from 'vitest';
import { parseConstraint, satisfies } from '../../../src/sandbox/engine/model/constraints.ts';

const node = {
  id: 'abc',
  hostname: 'w1',
  address: '10.1.2.3',
  spec: { Role: 'worker', Labels: { Disk: 'SSD' } },
  engine: { labels: { tier: 'web' } },
} as unknown as Parameters<typeof satisfies>[0];

// As swarmkit decides (manager/constraint/constraint.go).
test.each([
  ['NODE.ROLE == Worker', true],
  ['Node.Labels.Disk == ssd', true],
  ['node.labels.disk == ssd', false],
  ['node.labels.disk != ssd', true],
  ['ENGINE.LABELS.tier==web', true],
  ['node.ip == 10.1.0.0/16', true],
  ['node.ip != 10.1.0.0/16', false],
  ['node.ip == 10.1.2.3', true],
  ['node.platform.arch == x86_64', true],
  ['node.disk == ssd', false],
  ['node.disk != ssd', false],
])('%s: %s', (constraint, expected) => expect(satisfies(node, [constraint])).toBe(expected));

test.each(['node.role', 'node.role = worker', '1 == 2', 'node.role == ', 'node.role > worker'])('%s is none', (text) =>
  expect(parseConstraint(text)).toBeUndefined(),
);
