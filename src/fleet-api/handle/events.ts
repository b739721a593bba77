// The events of all engines as one stream.
import type { IncomingMessage } from 'node:http';
import { type Exchange, pathWith } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { eventOf, eventQuery } from '../merge/events.ts';
import type { ApiNode } from '../node.ts';

export async function events(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { response, query, version } = exchange;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const path = pathWith('/events', eventQuery(query));
  // Every manager tells what happens in the swarm.
  const [chief] = fleet.managers;
  const open = async (node: ApiNode): Promise<void> => {
    const answer = await node.send({ path, version, signal: gone.signal }, (request) => request.end());
    gone.signal.addEventListener('abort', () => answer.destroy(), { once: true });
    if (!response.headersSent) {
      response.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
      response.flushHeaders();
    }
    for await (const line of linesOf(answer)) {
      const event = eventOf(line, node, { isChief: node === chief || chief === undefined });
      if (event !== undefined && !response.write(`${event}\n`)) await drained(response);
    }
  };
  const ended = await Promise.allSettled(fleet.answering.map(open));
  if (gone.signal.aborted) return;
  if (!response.headersSent) {
    const refused = ended.find((one) => one.status === 'rejected');
    if (refused) throw refused.reason;
  }
  response.end();
}

const drained = (response: Exchange['response']): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', () => resolve());
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
