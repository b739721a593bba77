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
  const { response, query } = exchange;
  const names = fleet.nodes.map(({ name }) => name);
  const followed = fleet.nodes.flatMap((node) => {
    const asked = eventQuery(query, node.name, names);
    return asked ? [{ node, asked }] : [];
  });
  fleet.first();
  const stream = new EventStream(fleet, exchange);
  const follows = await Promise.allSettled(followed.map((one) => stream.follow(one)));
  stream.end();
  if (response.destroyed) return;
  const refused = follows.find((one) => one.status === 'rejected' && one.reason instanceof Refusal);
  if (!response.headersSent && refused?.status === 'rejected') throw refused.reason;
  response.end();
}

/** The one stream that is made of all, to the client's end or that of what it asked for. */
class EventStream {
  readonly #clock: Clock;
  readonly #exchange: Exchange;
  readonly #untilMs: number;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #swarm = new SwarmTold();
  readonly end = () => {
    this.#exchange.response.off('close', this.end);
    this.#ended.abort();
  };

  constructor({ options: { clock, signal } }: ApiFleet, exchange: Exchange) {
    this.#clock = clock;
    this.#exchange = exchange;
    this.#untilMs = endOf(exchange.query.get('until'));
    this.#signal = AbortSignal.any([this.#ended.signal, signal]);
    exchange.response.once('close', this.end);
    const leftMs = Math.max(0, this.#untilMs - clock.now()) + GRACE_MS;
    if (leftMs < MOST_TIMER_MS) clock.sleep(leftMs, this.#signal).then(this.end, () => {});
  }

  /** All of one engine, also over its absence. @throws Refused */
  async follow(one: Followed): Promise<void> {
    const { node } = one;
    const seen = new Seen();
    if (node.silence !== undefined) seen.begin(this.#clock.now());
    for (let tries = 1; ; tries++) {
      const isOver = () => this.#clock.now() >= this.#untilMs;
      try {
        if (node.silence !== undefined && !isOver()) await node.answers(this.#signal);
        await this.#read(one, seen);
        // An engine ends it where it was told to: one that is stopped ends it as well.
        if (Number.isFinite(this.#untilMs)) return;
        tries = 0;
      } catch (error) {
        if (this.#signal.aborted || error instanceof Refused || isOver()) throw error;
      }
      await this.#clock.sleep(PAUSE_MS(tries), this.#signal);
    }
  }

  /** One stream of its engine, to its end. */
  async #read({ node, asked }: Followed, seen: Seen): Promise<void> {
    const { response, version } = this.#exchange;
    const path = pathWith('/events', seen.queryOf(asked));
    const answer = await node.send({ path, version, signal: this.#signal }, (request) => request.end());
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

interface Followed {
  node: ApiNode;
  /** What its engine is asked. */
  asked: URLSearchParams;
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
