// An engine's events as the fleet's. Pure.
import { readFilters } from '../body.ts';
import { jsonText, parseJson } from '../json.ts';

interface Event {
  Type?: string;
  Action?: string;
  from?: string;
  scope?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
}

/** With the node that it came from, as Swarm v1 wrote it. Undefined for one that another node has told, or that is none. */
export function eventOf(
  line: string,
  { name, address }: { name: string; address: string },
  swarm: SwarmTold,
): string | undefined {
  let event: Event;
  try {
    event = parseJson(line) as Event;
  } catch {
    return undefined;
  }
  if (event.scope === 'swarm') return swarm.isNew(event, timeOf(line)) ? line : undefined;
  const attributes = { ...event.Actor?.Attributes, 'node.name': name, 'node.addr': address };
  return jsonText({
    ...event,
    ...(event.from !== undefined && { from: `${event.from} node:${name}` }),
    Actor: { ...event.Actor, Attributes: attributes },
  });
}

/** Engines keep 256 events, and tell no older ones again. */
const MOST_TOLD = 4096;

/** What was told of the swarm: every manager tells all of it, and whichever is first is believed, so that none is waited for. */
export class SwarmTold {
  readonly #told = new Set<string>();

  isNew({ Type, Action, Actor }: Event, ns: bigint | undefined): boolean {
    // The swarm keeps when something was created or changed. A removal, of which there is one an id, has each manager's own time.
    const key = JSON.stringify([Type, Action, Actor?.ID, Action === 'remove' ? '' : String(ns)]);
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > MOST_TOLD && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}

/** What was told of one engine's events: where to go on after its stream was cut, and what is told again then. */
export class Seen {
  #lastNs: bigint | undefined;
  /** The lines of that time. */
  #lines = new Set<string>();
  /** When its stream first began, by its own clock, in seconds since the epoch. */
  #since: number | undefined;

  /** It is listened to from this time on, in ms since the epoch, by its own clock where that is known. */
  begin(ms: number): void {
    if (!Number.isNaN(ms)) this.#since ??= Math.floor(ms / 1000);
  }

  /** What its engine is asked for: at first what the client asked for, then what comes after that. */
  queryOf(asked: URLSearchParams): URLSearchParams {
    const query = new URLSearchParams(asked);
    if (this.#lastNs !== undefined) query.set('since', seconds(this.#lastNs));
    else if (this.#since !== undefined && !asked.has('since')) query.set('since', String(this.#since));
    return query;
  }

  isNew(line: string): boolean {
    const ns = timeOf(line);
    if (ns === undefined) return true;
    if (this.#lastNs === undefined || ns > this.#lastNs) {
      this.#lastNs = ns;
      this.#lines = new Set();
    }
    if (ns < this.#lastNs) return true;
    if (this.#lines.has(line)) return false;
    this.#lines.add(line);
    return true;
  }
}

const seconds = (ns: bigint): string => `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;

function timeOf(line: string): bigint | undefined {
  const [, digits] = /"timeNano":\s*(\d+)\s*[,}]/.exec(line) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}

/** What a node is asked: engines know their containers by names without a node. Undefined where only others' are asked for. */
export function eventQuery(
  given: URLSearchParams,
  node: string,
  nodes: readonly string[],
): URLSearchParams | undefined {
  const { container, ...filters } = readFilters(given.get('filters'));
  if (container === undefined || container.length === 0) return given;
  const own = container.flatMap((word) => {
    const [, owner = '', bare = ''] = /^\/?([^/]+)\/(.+)$/.exec(word) ?? [];
    if (!nodes.includes(owner)) return [word];
    return owner === node ? [bare] : [];
  });
  if (own.length === 0) return undefined;
  const query = new URLSearchParams(given);
  query.set('filters', JSON.stringify({ ...filters, container: own }));
  return query;
}
