// The firewall in the text of a cluster's description.
import { Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { portText, readPort, readRange } from './network.ts';
import { type ClusterSpec, type FirewallSpec, type OpenPort, PLAIN_FIREWALL, WORLD } from './types.ts';

const PATH = ['cluster', 'firewall'];

/** Whether a description may leave it out. */
export const isPlain = (firewall: ClusterSpec['firewall']): boolean =>
  firewall !== null && isSame(firewall, PLAIN_FIREWALL);

/** Whether two are equal, in whatever order. */
export const isSame = (one: FirewallSpec, other: FirewallSpec): boolean => canonical(one) === canonical(other);

const canonical = ({ sshFrom, open }: FirewallSpec): string =>
  JSON.stringify([sshFrom.toSorted(), open.map(portText).toSorted()]);

/** The value of `firewall:`. */
export const firewallNode = (firewall: FirewallSpec | null) =>
  firewall !== null && {
    ...(!isWorld(firewall.sshFrom) && { ssh_from: firewall.sshFrom }),
    ...(firewall.open.length > 0 && { open: firewall.open.map(portScalar) }),
  };

const isWorld = (ranges: readonly string[]): boolean => ranges.toSorted().join() === WORLD.toSorted().join();

/** The line for the user to add under `cluster:`. */
export function firewallLine(firewall: FirewallSpec): string {
  const document = new Document({});
  document.set('firewall', document.createNode(firewallNode(firewall), { flow: true }));
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 }).trimEnd();
}

/** Whether a description mentions a firewall. */
export const mentionsFirewall = (text: string): boolean => parseDocument(text).hasIn(PATH);

/** Changes the firewall in a description; comments stay. */
export function setFirewall(document: Document, firewall: FirewallSpec): void {
  if (!isMap(document.getIn(PATH, true))) {
    document.setIn(PATH, document.createNode(firewallNode(firewall)));
    return;
  }
  setOpen(document, firewall.open);
  setSshFrom(document, firewall.sshFrom);
}

function setSshFrom(document: Document, ranges: readonly string[]): void {
  const path = [...PATH, 'ssh_from'];
  const node = document.getIn(path, true);
  const items = isSeq(node) ? node.items : [node];
  const now = items.map((item) => (isScalar(item) ? readRange(String(item.value)) : undefined));
  if (now.join() === ranges.join()) return;
  if (isWorld(ranges)) document.deleteIn(path);
  else document.setIn(path, document.createNode(ranges));
}

/** What stays keeps its place, and the comment at it. */
function setOpen(document: Document, open: readonly OpenPort[]): void {
  const path = [...PATH, 'open'];
  const list = document.getIn(path, true);
  const wanted = new Map(open.map((port) => [portText(port), port]));
  if (open.length === 0 || !isSeq(list)) {
    if (open.length === 0) document.deleteIn(path);
    else document.setIn(path, document.createNode(open.map(portScalar)));
    return;
  }
  list.items = list.items.filter((item) => {
    const port = isScalar(item) ? readPort(String(item.value)) : undefined;
    return port !== undefined && wanted.delete(portText(port));
  });
  for (const port of wanted.values()) list.add(document.createNode(portScalar(port)));
}

/** A lone TCP port is a number. */
function portScalar(port: OpenPort): string | number {
  const text = portText(port);
  return /^\d+$/.test(text) ? Number(text) : text;
}
