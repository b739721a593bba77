// The ports that a `docker service create` or `update` publishes, from the arguments that the user typed. Pure.
import type { OpenPort } from '../config/cluster/types.ts';
import { isElsewhere, readDockerLine, valuesOf } from './docker-line.ts';

/** What is published under a number that the user chose, tcp and udp; docker's own choice is not known here. */
export function publishedPorts(words: readonly string[]): OpenPort[] {
  const line = readDockerLine(words);
  if (isElsewhere(line) || line.isHelp) return [];
  const option = { 'service create': 'publish', 'service update': 'publish-add' }[line.command ?? ''];
  const ports = option === undefined ? [] : valuesOf(line, option).flatMap((value) => portIn(value) ?? []);
  return [...new Map(ports.map((port) => [JSON.stringify(port), port])).values()];
}

/** `8080:80`, `8080-8090:80-90/udp`, `published=8080,target=80,protocol=udp,mode=host`. */
function portIn(value: string): OpenPort | undefined {
  const text = value.toLowerCase();
  if (!text.includes('=')) {
    const [, published, protocol] = /^(\d+(?:-\d+)?):\d+(?:-\d+)?(?:\/(\w+))?$/.exec(text) ?? [];
    return portOf(published, protocol);
  }
  const fields = Object.fromEntries(text.split(',').map((field) => [field.split('=')[0], field.split('=')[1]]));
  return portOf(fields['published'], fields['protocol']);
}

function portOf(published = '', protocol = 'tcp'): OpenPort | undefined {
  const [first = 0, last = first] = /^\d{1,5}(-\d{1,5})?$/.test(published) ? published.split('-').map(Number) : [];
  const isPort = first >= 1 && first <= last && last <= 65_535;
  return isPort && (protocol === 'tcp' || protocol === 'udp') ? { first, last, protocol } : undefined;
}
