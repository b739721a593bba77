// Placement constraints: `node.role==worker`, `node.labels.disk!=ssd`.
import { ENGINE } from '../version.ts';
import type { SwarmNode } from './node.ts';

/** A constraint in parts, or undefined when it is none. */
export function parseConstraint(text: string): { key: string; equal: boolean; value: string } | undefined {
  const match = /^\s*([a-zA-Z0-9._/-]+)\s*(==|!=)\s*(.+?)\s*$/.exec(text);
  return match === null ? undefined : { key: match[1]!.toLowerCase(), equal: match[2] === '==', value: match[3]! };
}

function attributeOf(node: SwarmNode, key: string): string {
  if (key.startsWith('node.labels.')) return node.spec.Labels[key.slice('node.labels.'.length)] ?? '';
  if (key.startsWith('engine.labels.')) return node.engine.labels[key.slice('engine.labels.'.length)] ?? '';
  const values: Record<string, string> = {
    'node.id': node.id,
    'node.hostname': node.hostname,
    'node.ip': node.address,
    'node.role': node.spec.Role,
    'node.platform.os': ENGINE.os,
    'node.platform.arch': 'x86_64',
  };
  return values[key] ?? '';
}

export const satisfies = (node: SwarmNode, constraints: readonly string[]): boolean =>
  constraints.every((text) => {
    const constraint = parseConstraint(text);
    if (constraint === undefined) return false;
    const same = attributeOf(node, constraint.key).toLowerCase() === constraint.value.toLowerCase();
    return same === constraint.equal;
  });
