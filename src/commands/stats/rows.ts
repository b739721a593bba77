// How what containers use is shown. Pure.
import { binaryText, decimalText } from '../../byte-text.ts';
import type { TableLayout } from '../../output/out.ts';
import { naturalCompare } from '../../patterns/index.ts';
import { taskLabel } from '../../tasks/containers.ts';
import type { Usage } from '../../tasks/stats.ts';

interface Shown {
  titles: string[];
  rows: string[][];
  layout: TableLayout;
}

interface RowOptions {
  /** A row a node. */
  sum: boolean;
}

const RIGHT = ['CPU %', 'Memory', 'Mem %'];

/** The table, in the order of nodes and names. */
export function tableOf(usages: readonly Usage[], { sum }: RowOptions): Shown {
  const last = ['CPU %', 'Memory', 'Mem %', 'Net in / out', 'Disk in / out'];
  if (sum) {
    return {
      titles: ['Node', 'Containers', ...last],
      rows: sums(usages).map(({ node, containers, ...total }) => [node, String(containers), ...cells(total)]),
      layout: { right: [...RIGHT, 'Containers'] },
    };
  }
  return {
    titles: ['Node', 'Name', ...last],
    rows: ordered(usages).map((usage) => [usage.container.node.name, nameOf(usage), ...cells(usage)]),
    layout: { right: RIGHT, cut: ['Name'], drop: ['Mem %'] },
  };
}

/** Without the node. */
const nameOf = ({ container: { service, slot, name } }: Usage): string =>
  service === undefined ? name : taskLabel(service, { slot, node: undefined });

/** By node, then by name. */
export const ordered = (usages: readonly Usage[]): Usage[] =>
  usages.toSorted(
    (a, b) => naturalCompare(a.container.node.name, b.container.node.name) || naturalCompare(nameOf(a), nameOf(b)) || 0,
  );

type Amounts = Pick<
  Usage,
  | 'cpuPercent'
  | 'memoryBytes'
  | 'memoryLimitBytes'
  | 'receivedBytes'
  | 'sentBytes'
  | 'readBytes'
  | 'writtenBytes'
  | 'processes'
>;

const percent = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(2));

/** Older kernels and rootless engines tell of no memory. */
const memoryShare = ({ memoryBytes, memoryLimitBytes }: Amounts): number | undefined =>
  memoryLimitBytes > 0 ? (memoryBytes / memoryLimitBytes) * 100 : undefined;

const cells = (one: Amounts): string[] => [
  percent(one.cpuPercent),
  binaryText(one.memoryBytes),
  percent(memoryShare(one)),
  `${decimalText(one.receivedBytes)} / ${decimalText(one.sentBytes)}`,
  `${decimalText(one.readBytes)} / ${decimalText(one.writtenBytes)}`,
];

interface NodeSum extends Amounts {
  node: string;
  containers: number;
}

/** The limit of a node's sum is the highest of its containers', which is the node's memory where one has none of its own. */
function sums(usages: readonly Usage[]): NodeSum[] {
  const byNode = new Map<string, Usage[]>();
  for (const usage of ordered(usages)) {
    const { name } = usage.container.node;
    byNode.set(name, [...(byNode.get(name) ?? []), usage]);
  }
  return [...byNode].map(([node, own]) => {
    const total = (key: keyof Amounts) => own.reduce((all, one) => all + (one[key] ?? 0), 0);
    return {
      node,
      containers: own.length,
      cpuPercent: own.some((one) => one.cpuPercent !== undefined) ? total('cpuPercent') : undefined,
      memoryBytes: total('memoryBytes'),
      memoryLimitBytes: Math.max(...own.map((one) => one.memoryLimitBytes)),
      receivedBytes: total('receivedBytes'),
      sentBytes: total('sentBytes'),
      readBytes: total('readBytes'),
      writtenBytes: total('writtenBytes'),
      processes: total('processes'),
    };
  });
}

const rounded = (value: number | undefined): number | null => (value === undefined ? null : Number(value.toFixed(2)));

const amounts = (one: Amounts): object => ({
  cpuPercent: rounded(one.cpuPercent),
  memoryBytes: one.memoryBytes,
  memoryLimitBytes: one.memoryLimitBytes,
  receivedBytes: one.receivedBytes,
  sentBytes: one.sentBytes,
  readBytes: one.readBytes,
  writtenBytes: one.writtenBytes,
  processes: one.processes,
});

/** The same for programs. */
export function documentOf(usages: readonly Usage[], { sum }: RowOptions): object[] {
  if (sum) return sums(usages).map(({ node, containers, ...total }) => ({ node, containers, ...amounts(total) }));
  return ordered(usages).map(({ container, ...used }) => ({
    node: container.node.name,
    name: container.name,
    label: container.label,
    stack: container.stack,
    service: container.service,
    slot: container.slot,
    task: container.task,
    container: container.id,
    image: container.image,
    ...amounts(used),
  }));
}
