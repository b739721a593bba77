// Published ports: the short form [IP:][PUBLISHED:]TARGET[/PROTOCOL] with ranges, as Docker reads it (go-connections/nat), and the
// long form.
import { child, type Value } from './tree.ts';

export interface ShortPort {
  /** The address of this machine on which it should be published, which Swarm knows nothing of. */
  ip?: string;
  /** Missing where the swarm chooses. */
  published?: number;
  target: number;
  protocol: string;
}

const SHORT =
  /^(?:(?<ip>\[[\da-fA-F:]+\]|\d+(?:\.\d+){3}):)?(?:(?<from>\d+)(?:-(?<to>\d+))?:|:)?(?<target>\d+)(?:-(?<last>\d+))?(?:\/(?<protocol>\w+))?$/;

const PROTOCOLS = ['tcp', 'udp', 'sctp'];

/** All ports of a range; undefined for a text that is none. */
export function parseShortPorts(text: string): ShortPort[] | undefined {
  const found = SHORT.exec(text)?.groups;
  if (!found) return undefined;
  const { ip, protocol = 'tcp' } = found;
  // Port 0 is any that is free.
  const wanted = found['to'] === undefined && Number(found['from']) === 0 ? undefined : found['from'];
  const [target, last, from, to] = [found['target'], found['last'], wanted, found['to']].map(portOf);
  if (!PROTOCOLS.includes(protocol.toLowerCase())) return undefined;
  if ([target, last, from, to].some((port) => port !== undefined && (port < 1 || port > 65_535))) return undefined;
  const many = (last ?? target!) - target!;
  const published = from === undefined ? undefined : (to ?? from) - from;
  if (many < 0 || (published !== undefined && published < 0)) return undefined;
  // A range may lead to one port: all of it does then.
  if (many > 0 && published !== undefined && published !== many) return undefined;
  return Array.from({ length: Math.max(many, published ?? 0) + 1 }, (_, n) => ({
    ...(ip !== undefined && { ip: ip.replace(/^\[|\]$/g, '') }),
    ...(from !== undefined && { published: from + n }),
    target: many > 0 ? target! + n : target!,
    protocol: protocol.toLowerCase(),
  }));
}

const portOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** What two entries of `ports` have in common that publish the same. */
export function portKey(item: Value): string {
  if (item.kind === 'scalar') {
    const ports = parseShortPorts(item.text);
    return ports ? ports.map(keyOf).join() : item.text;
  }
  const text = (key: string) => {
    const value = child(item, key);
    return value?.kind === 'scalar' ? value.text : '';
  };
  const [ip, published, target] = [text('host_ip'), text('published'), text('target')];
  return keyText(ip, published, target, text('protocol'));
}

const keyOf = ({ ip = '', published, target, protocol }: ShortPort): string =>
  keyText(ip, published === undefined ? '' : String(published), String(target), protocol);

const keyText = (ip: string, published: string, target: string, protocol: string): string =>
  `${ip}:${published}:${target}/${protocol || 'tcp'}`;
