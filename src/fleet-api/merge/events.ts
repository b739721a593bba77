// An engine's events as the fleet's. Pure.
import { jsonText, parseJson } from '../json.ts';
import { readFilters } from './container-query.ts';

interface Event {
  from?: string;
  scope?: string;
  Actor?: { Attributes?: Record<string, string> };
}

/** With the node that it came from, as Swarm v1 wrote it. Undefined for one that another node tells as well, or that is none. */
export function eventOf(
  line: string,
  { name, address }: { name: string; address: string },
  { isChief }: { isChief: boolean },
): string | undefined {
  let event: Event;
  try {
    event = parseJson(line) as Event;
  } catch {
    return undefined;
  }
  if (event.scope === 'swarm') return isChief ? line : undefined;
  const attributes = { ...event.Actor?.Attributes, 'node.name': name, 'node.addr': address };
  return jsonText({
    ...event,
    ...(event.from !== undefined && { from: `${event.from} node:${name}` }),
    Actor: { ...event.Actor, Attributes: attributes },
  });
}

/** Engines know their containers by names without a node. */
export function eventQuery(given: URLSearchParams): URLSearchParams {
  const { container, ...filters } = readFilters(given.get('filters'));
  if (container === undefined) return given;
  const query = new URLSearchParams(given);
  const bare = container.map((word) => word.replace(/^\/?[^/]+\//, ''));
  query.set('filters', JSON.stringify({ ...filters, container: bare }));
  return query;
}
