// The events of all engines as one stream, also of those that go away and come back.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../clock.ts';
import { backOff } from '../../wait.ts';
import { content } from '../content.ts';
import { type Exchange, pathWith } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { eventOf, eventQuery, Seen, SwarmTold } from '../merge/events.ts';
import type { ApiNode } from '../node.ts';
import { messageIn, Refusal } from '../refusal.ts';

/** Between two tries to go on after the last event of a node. */
const PAUSE_MS = backOff(200, 5_000);

export async function events(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { response } = exchange;
  fleet.first();
  const stream = new EventStream(fleet, exchange);
  const refusals = await stream.followAll();
  if (response.destroyed) return;
  if (!response.headersSent && refusals[0]) throw refusals[0];
  response.end();
}

/** The one stream that is made of all, to the client's end or that of what it asked for. */
class EventStream {
  readonly #fleet: ApiFleet;
  readonly #clock: Clock;
  readonly #exchange: Exchange;
  readonly #untilMs: number;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #swarm = new SwarmTold();
  readonly #follows = new Set<Promise<void>>();
  readonly #refusals: Refusal[] = [];

  constructor(fleet: ApiFleet, exchange: Exchange) {
    const { clock, signal } = fleet.options;
    this.#fleet = fleet;
    this.#clock = clock;
    this.#exchange = exchange;
    this.#untilMs = endOf(exchange.query.get('until'));
    this.#signal = AbortSignal.any([this.#ended.signal, signal]);
  }

  /** All engines, also those that join meanwhile, to the end. Gives what those said that refused. */
  async followAll(): Promise<readonly Refusal[]> {
    const { response } = this.#exchange;
    const end = () => this.#ended.abort();
    response.once('close', end);
    const leftMs = Math.max(0, this.#untilMs - this.#clock.now()) + GRACE_MS;
    if (leftMs < MOST_TIMER_MS) this.#clock.sleep(leftMs, this.#signal).then(end, () => {});
    const forget = this.#fleet.onJoin((node) => this.#begin(node));
    for (const node of this.#fleet.nodes) this.#begin(node);
    while (this.#follows.size > 0) await Promise.all(this.#follows);
    // All have left: others may join.
    if (this.#untilMs === Number.POSITIVE_INFINITY && this.#refusals.length === 0) await aborted(this.#signal);
    forget();
    response.off('close', end);
    end();
    return this.#refusals;
  }

  #begin(node: ApiNode): void {
    const names = this.#fleet.nodes.map(({ name }) => name);
    const asked = eventQuery(this.#exchange.query, node.name, names);
    if (asked === undefined) return;
    const one = this.#follow({ node, asked, signal: AbortSignal.any([this.#signal, node.left]) })
      .catch((error: unknown) => {
        if (error instanceof Refusal && !node.left.aborted) this.#refusals.push(error);
      })
      .finally(() => this.#follows.delete(one));
    this.#follows.add(one);
  }

  /** All of one engine, also over its absence. @throws Refused */
  async #follow(one: Followed): Promise<void> {
    const { node, signal } = one;
    const seen = new Seen();
    if (node.silence !== undefined) seen.begin(this.#clock.now());
    for (let tries = 1; ; tries++) {
      const isOver = () => this.#clock.now() >= this.#untilMs;
      try {
        if (node.silence !== undefined && !isOver()) await node.answers(signal);
        await this.#read(one, seen);
        // An engine ends it where it was told to: one that is stopped ends it as well.
        if (Number.isFinite(this.#untilMs)) return;
        tries = 0;
      } catch (error) {
        if (signal.aborted || error instanceof Refused || isOver()) throw error;
      }
      await this.#clock.sleep(PAUSE_MS(tries), signal);
    }
  }

  /** One stream of its engine, to its end. */
  async #read({ node, asked, signal }: Followed, seen: Seen): Promise<void> {
    const { response, version } = this.#exchange;
    const path = pathWith('/events', seen.queryOf(asked));
    const answer = await node.send({ path, version, signal }, (request) => request.end());
    const status = answer.statusCode ?? 0;
    if (status !== 200) throw new Refused(status, messageIn({ status, body: await content(answer) }));
    seen.begin(Date.parse(answer.headers.date ?? ''));
    if (!response.headersSent) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    }
    for await (const line of linesOf(answer)) {
      const event = seen.isNew(line) ? eventOf(line, node, this.#swarm) : undefined;
      if (event !== undefined && !response.write(`${event}\n`)) await drained(response);
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

interface Followed {
  node: ApiNode;
  /** What its engine is asked. */
  asked: URLSearchParams;
  /** Ends it. */
  signal: AbortSignal;
}

/** After the end of what was asked for, for a node that is silent. */
const GRACE_MS = 2_000;
/** The longest that there is. */
const MOST_TIMER_MS = 2 ** 31;

/** Its engine will say the same again. */
class Refused extends Refusal {}

/** Clients say it in seconds since the epoch. Without an end, it is endless; what only engines understand is over at once. */
function endOf(until: string | null): number {
  if (until === null || until === '' || until === '0') return Number.POSITIVE_INFINITY;
  const seconds = Number(until);
  return Number.isNaN(seconds) ? 0 : seconds * 1000;
}

const drained = (response: Exchange['response']): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.once('drain', go);
    response.once('close', go);
  });

/** The lines of a stream, as they come. */
export async function* linesOf(message: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  message.setEncoding('utf8');
  for await (const chunk of message) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
