// What is changed through a manager: roles, labels, availability, the autolock; and entries of droplets that are gone.
import type { Step } from '../cluster/steps.ts';
import type { Context } from '../context.ts';
import type { Engine, NodeChange } from '../engine/engine.ts';
import { messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import type { Failure } from '../fleet/failures.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { takeOffDead } from '../provision/leave.ts';
import type { NodeEngine } from '../swarm/node-engine.ts';
import { setAutolock } from './lock.ts';

/** Side by side through one connection, of whose channels sshd allows ten. */
const CHANGES_AT_ONCE = 6;
const OFF_WITHIN_MS = 60_000;

type Change = Extract<Step, { kind: 'change' }>;

export interface SettleOptions {
  manager: NodeEngine;
  /** The node id of a node by its name; undefined for one that did not come in. */
  idOf: (name: string) => string | undefined;
}

/** Carries out the steps that go through a manager; a failure is its node's own. */
export async function settle(
  context: Context,
  steps: readonly Step[],
  { manager, idOf }: SettleOptions,
): Promise<Failure[]> {
  const { engine } = manager;
  const failures: Failure[] = [];
  const attempt = async (changes: readonly { name: string; act: () => Promise<void> }[]) => {
    const ended = await eachNode(context, changes, ({ act }) => act(), {
      atOnce: CHANGES_AT_ONCE,
      onFailed: ({ name, error }) => context.out.event('failed', { node: name, error: messageOf(error) }),
    });
    failures.push(...ended.failures.map(({ name, error }) => ({ name, error })));
  };
  const changes = steps.filter((step) => step.kind === 'change');
  // A manager more before a manager less: the quorum never shrinks first.
  const [less, more] = [
    changes.filter(({ role }) => role === 'worker'),
    changes.filter(({ role }) => role !== 'worker'),
  ];
  for (const some of [more, less]) {
    await attempt(
      some.flatMap((step) => {
        const id = idOf(step.node);
        // One that did not come in has failed already.
        return id === undefined ? [] : [{ name: step.node, act: () => change(context, engine, id, step) }];
      }),
    );
  }
  const locks = steps.filter((step) => step.kind === 'autolock');
  await attempt(locks.map(({ on }) => ({ name: manager.name, act: () => setAutolock(context, manager, on) })));
  const forgotten = steps.filter((step) => step.kind === 'forget');
  if (forgotten.length > 0) {
    const entries = new Map((await engine.nodes()).map((entry) => [entry.id, entry]));
    await attempt(
      forgotten.flatMap(({ entry, hostname }) => {
        const known = entries.get(entry);
        return known ? [{ name: hostname, act: () => takeOff(context, engine, known) }] : [];
      }),
    );
  }
  return failures;
}

async function change(
  { out }: Context,
  engine: Engine,
  id: string,
  { node, role, labels, availability }: Change,
): Promise<void> {
  const wanted: NodeChange = { ...(role && { role }), ...(availability && { availability }), labels };
  await engine.updateNode(id, wanted);
  const words = [
    ...(role === undefined ? [] : [`is a ${role} now`]),
    ...Object.entries(labels).map(([key, value]) => `has the label ${key}=${value}`),
    ...(availability ? [`is set to ${availability}`] : []),
  ];
  out.tell('changed', { node, ...wanted }, `${node}: ${words.join(', ')}`);
}

async function takeOff(context: Context, engine: Engine, entry: SwarmNode): Promise<void> {
  const { clock, out } = context;
  await takeOffDead(context, engine, entry, { deadline: clock.now() + OFF_WITHIN_MS });
  out.tell('forgotten', { node: entry.hostname }, `${entry.hostname}: stale swarm entry removed`);
}
