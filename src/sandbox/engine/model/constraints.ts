// Placement constraints: `node.role==worker`, `node.labels.disk!=ssd`.
import { BlockList, isIPv4 } from 'node:net';
import { ENGINE } from '../version.ts';
import type { SwarmNode } from './node.ts';

/** A constraint in parts, or undefined when it is none. */
export function parseConstraint(text: string): { key: string; equal: boolean; value: string } | undefined {
  const match = /^\s*([a-zA-Z_][a-zA-Z0-9._-]+)\s*(==|!=)\s*(?=\S)([\w:\s.*()?+[\]\\^$|/-]+?)\s*$/.exec(text);
  return match === null ? undefined : { key: match[1]!, equal: match[2] === '==', value: match[3]! };
}

/** Undefined for what swarmkit does not know (manager/constraint). Of a label the prefix has no case, and its own name has. */
function attributeOf(node: SwarmNode, key: string): string | undefined {
  const [, owner = '', label] = /^(node|engine)\.labels\.(.+)$/i.exec(key) ?? [];
  if (label !== undefined) return (/node/i.test(owner) ? node.spec.Labels : node.engine.labels)[label] ?? '';
  const values: Record<string, string> = {
    'node.id': node.id,
    'node.hostname': node.hostname,
    'node.ip': node.address,
    'node.role': node.spec.Role,
    'node.platform.os': ENGINE.os,
    'node.platform.arch': 'x86_64',
  };
  return values[key.toLowerCase()];
}

/** An unknown key is met by no node, whatever the operator. */
export const satisfies = (node: SwarmNode, constraints: readonly string[]): boolean =>
  constraints.every((text) => {
    const { key = '', equal, value = '' } = parseConstraint(text) ?? {};
    const own = attributeOf(node, key);
    return own !== undefined && isSame(own, value) === equal;
  });

function isSame(own: string, value: string): boolean {
  const [network = '', bits] = value.split('/');
  if (isIPv4(own) && isIPv4(network) && bits !== undefined) {
    const range = new BlockList();
    range.addSubnet(network, Number(bits));
    return range.check(own);
  }
  return own.toLowerCase() === value.toLowerCase();
}
