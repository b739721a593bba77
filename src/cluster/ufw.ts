// What a node's own ufw allows, parsed from `ufw status` (man 8 ufw). Pure.
import type { OpenPort } from '../config/cluster/types.ts';
import { covers, EVERY_PORT, type Range } from './ports.ts';

/** Which of these ports ufw blocks for traffic coming in on an interface; none if it is off. A rule limited to some addresses counts as open. */
export function shutByUfw(status: string, ports: readonly OpenPort[], onInterface: string): OpenPort[] {
  if (!/^Status: active$/m.test(status)) return [];
  const rules = status.split('\n').flatMap((line) => opens(line, onInterface) ?? []);
  return ports.filter(({ protocol, ...range }) => {
    const own = rules.filter((rule) => rule.protocol === undefined || rule.protocol === protocol);
    return !covers(
      own.flatMap(({ ranges }) => ranges),
      range,
    );
  });
}

interface Opened {
  protocol: string | undefined;
  ranges: Range[];
}

/** `7946,4789/udp on eth1     ALLOW IN    Anywhere`; undefined for a line that opens nothing there. */
function opens(line: string, onInterface: string): Opened | undefined {
  const [, to = '', action] = /^(\S.*?) {2,}(\w+)( IN)? {2,}\S/.exec(line) ?? [];
  // LIMIT lets the first five connections in.
  if (action !== 'ALLOW' && action !== 'LIMIT') return undefined;
  const [, what = '', where = onInterface] = /^(.*?)(?: on (\S+))?$/.exec(to) ?? [];
  if (where !== onInterface || what.includes('(v6)')) return undefined;
  const [, list = '', protocol] = /^(.*?)(?:\/(tcp|udp))?$/.exec(what.replace(/^\S+ (?=\d)/, '')) ?? [];
  if (/^(Anywhere|\d+\.\d+\.\d+\.\d+)$/.test(list)) return { protocol, ranges: [EVERY_PORT] };
  const ranges = list.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(part) ?? [];
    return first === undefined ? [] : [{ first: Number(first), last: Number(last) }];
  });
  return { protocol, ranges };
}
