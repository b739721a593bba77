// On which nodes of a swarm tasks of a service may run, by its placement constraints.
import type { ServiceSpec } from '../compose/spec.ts';
import type { SwarmNode } from '../model/swarm-node.ts';

/** Whether it may; what belt cannot tell of a node rules it out for nothing. */
export function mayRun({ TaskTemplate: { Placement: placement } }: ServiceSpec, node: SwarmNode): boolean {
  return (placement?.Constraints ?? []).every((text) => {
    const [, key = '', operator, wanted = ''] = /^\s*(\S+?)\s*(==|!=)\s*(.+?)\s*$/.exec(text) ?? [];
    const is = attributeOf(node, key);
    return is === undefined || (is.toLowerCase() === wanted.toLowerCase()) === (operator === '==');
  });
}

/** Undefined for what a manager's list does not say. */
function attributeOf(node: SwarmNode, key: string): string | undefined {
  const label = /^(node|engine)\.labels\.(.*)$/i.exec(key);
  if (label) return (label[1]!.toLowerCase() === 'node' ? node.labels : node.engine.labels)[label[2]!] ?? '';
  const known: Record<string, string> = { 'node.id': node.id, 'node.hostname': node.hostname, 'node.role': node.role };
  return known[key.toLowerCase()];
}
