// Which droplets of a run that failed are deleted and recreated: only what the run made, what never let anybody in, and only where the
// network here is not at fault.
import { expect, test } from 'vitest';
import type { Failure } from '../../../src/fleet/failures.ts';
import { DropletLost } from '../../../src/provision/create/addresses.ts';
import { recreation } from '../../../src/reconcile/recreate.ts';
import { SshError } from '../../../src/ssh/errors.ts';
import { aDroplet } from '../cloud/things.ts';

const droplet = (name: string) => aDroplet({ id: Number(name.slice(1)), name });
const host = { name: 'w', address: '203.0.113.1' };

const lost = (name: string): Failure => ({ name, error: new DropletLost('the droplet is gone') });
const silent = (name: string): Failure => {
  const error = new SshError(host, 'timeout', 'not reachable in time');
  error.late = true;
  return { name, error };
};
const wrongKey = (name: string): Failure => ({ name, error: new SshError(host, 'host-key', 'another key') });
const other = (name: string): Failure => ({ name, error: new Error('it could not join') });

const recreated = (created: string[], failures: Failure[]) => {
  const { names, dead } = recreation({ created: created.map(droplet), failures });
  return { names, dead: dead.map(({ name }) => name) };
};

test.each<[string, string[], Failure[], { names: string[]; dead: string[] }]>([
  ['nothing failed', ['w1', 'w2'], [], { names: [], dead: [] }],
  ['one never answered', ['w1', 'w2'], [silent('w2')], { names: ['w2'], dead: ['w2'] }],
  ['none answered', ['w1', 'w2'], [silent('w1'), silent('w2')], { names: [], dead: [] }],
  ['the only one never answered', ['w1'], [silent('w1')], { names: [], dead: [] }],
  ['one was not made', ['w1'], [lost('w2')], { names: ['w2'], dead: [] }],
  ['none was made', [], [lost('w1'), lost('w2')], { names: ['w1', 'w2'], dead: [] }],
  ['one exists and never had an address', ['w1', 'w2'], [lost('w2')], { names: ['w2'], dead: ['w2'] }],
  ['one never had an address, nor came any up', ['w2'], [lost('w2')], { names: [], dead: [] }],
  ['one that was there before never answered', ['w1'], [silent('w2')], { names: [], dead: [] }],
  ['one has another host key', ['w1', 'w2'], [wrongKey('w2')], { names: [], dead: [] }],
  ['one came up and could not join', ['w1', 'w2'], [other('w1'), silent('w2')], { names: ['w2'], dead: ['w2'] }],
  ['none let anybody in', ['w1', 'w2'], [wrongKey('w1'), silent('w2')], { names: [], dead: [] }],
])('%s', (_what, created, failures, expected) => {
  expect(recreated(created, failures)).toEqual(expected);
});
