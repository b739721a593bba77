// A plan as a list of steps: what is shown, confirmed and applied. Pure.
import type { Availability, Role } from '../model/swarm-node.ts';
import { type ClusterPlan, isSettled, type NodePlan } from './plan.ts';

export type Step =
  /** Removed from the swarm and deleted; when it is recreated, a droplet of the same name follows. */
  | { kind: 'remove'; node: string; droplet: number; recreate: boolean }
  | { kind: 'vpc'; vpc: string; region: string }
  | { kind: 'firewall'; firewall: string; change: 'create' | 'update' }
  | { kind: 'unlock'; node: string }
  | { kind: 'create'; node: string }
  /** Leaves the swarm that it is in. */
  | { kind: 'leave'; node: string }
  | { kind: 'init'; node: string }
  | { kind: 'join'; node: string; role: Role }
  /** Changes to a node's swarm entry; what is not named stays. */
  | {
      kind: 'change';
      node: string;
      role?: Role;
      labels: Readonly<Record<string, string>>;
      availability?: Availability;
    }
  | { kind: 'autolock'; on: boolean }
  /** Removes the stale swarm entry of a droplet that is gone. */
  | { kind: 'forget'; entry: string; hostname: string };

/** What a plan works on besides the nodes. */
export interface Surroundings {
  /** Droplets that are removed first. */
  removals: readonly { id: number; name: string }[];
  /** The VPC that is made. */
  vpc?: { name: string; region: string } | undefined;
  firewall?: { name: string; change: 'create' | 'update' } | undefined;
}

/** In the order in which they are applied; steps of one kind run in parallel, and each node continues as soon as it can. */
export function stepsOf({ nodes, stale, autolock }: ClusterPlan, { removals, vpc, firewall }: Surroundings): Step[] {
  const recreated = new Set(nodes.filter(({ create }) => create).map(({ name }) => name));
  return [
    ...removals.map(
      ({ id, name }): Step => ({ kind: 'remove', node: name, droplet: id, recreate: recreated.has(name) }),
    ),
    ...(vpc ? [{ kind: 'vpc', vpc: vpc.name, region: vpc.region } satisfies Step] : []),
    ...(firewall ? [{ kind: 'firewall', firewall: firewall.name, change: firewall.change } satisfies Step] : []),
    ...nodes.filter((node) => !isSettled(node)).flatMap(nodeSteps),
    ...(autolock === undefined ? [] : [{ kind: 'autolock', on: autolock } satisfies Step]),
    ...stale.map(({ id, hostname }): Step => ({ kind: 'forget', entry: id, hostname })),
  ];
}

function nodeSteps({ name, group, create, leave, swarm, unlock, labels, availability }: NodePlan): Step[] {
  const changesRole = swarm === 'promote' || swarm === 'demote';
  const changes = changesRole || Object.keys(labels).length > 0 || availability !== undefined;
  return [
    ...(create ? [{ kind: 'create', node: name } satisfies Step] : []),
    ...(unlock ? [{ kind: 'unlock', node: name } satisfies Step] : []),
    ...(leave ? [{ kind: 'leave', node: name } satisfies Step] : []),
    ...(swarm === 'init' ? [{ kind: 'init', node: name } satisfies Step] : []),
    ...(swarm === 'join' ? [{ kind: 'join', node: name, role: group.role } satisfies Step] : []),
    ...(changes
      ? [
          {
            kind: 'change',
            node: name,
            ...(changesRole && { role: group.role }),
            labels,
            ...(availability && { availability }),
          } satisfies Step,
        ]
      : []),
  ];
}

/** What is done to one node. */
export const stepsOn = (steps: readonly Step[], node: string): Step[] =>
  steps.filter((step) => 'node' in step && step.node === node);

/** Whether somebody who confirmed one plan has confirmed the other. */
export const sameSteps = (one: readonly Step[], other: readonly Step[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** A step in a few words, to be shown next to its node's name. */
export function stepWords(step: Step): string[] {
  switch (step.kind) {
    case 'remove':
      return ['remove'];
    case 'create':
      return ['create'];
    case 'unlock':
      return ['unlock'];
    case 'leave':
      return ['leave its swarm'];
    case 'init':
      return ['start the swarm'];
    case 'join':
      return [`join as ${step.role}`];
    case 'change':
      return [
        ...(step.role === undefined ? [] : [step.role === 'manager' ? 'promote' : 'demote']),
        ...Object.entries(step.labels).map(([key, value]) => `label ${key}=${value}`),
        ...(step.availability === undefined ? [] : [step.availability]),
      ];
    case 'vpc':
      return [`VPC ${step.vpc}: will be created in ${step.region}`];
    case 'firewall':
      return [`firewall ${step.firewall}: will be ${step.change === 'create' ? 'created' : 'changed'}`];
    case 'autolock':
      return [`swarm: autolock will be turned ${step.on ? 'on' : 'off'}`];
    case 'forget':
      return [`${step.hostname}: stale swarm entry, will be removed`];
  }
}

/** How many changes the steps make: everything done to one node counts as one. */
export function countChanges(steps: readonly Step[]): number {
  const keys = steps.map((step) => ('node' in step ? `node ${step.node}` : JSON.stringify(step)));
  return new Set(keys).size;
}
