// The API on a port of this machine.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock.ts';
import { Account } from '../account/account.ts';
import { keyFingerprint } from '../account/keys.ts';
import { attempt } from '../attempt.ts';
import { Faults } from '../faults/faults.ts';
import { type SandboxOptions, withDefaults } from '../options.ts';
import { Timers } from '../timers.ts';
import type { Hosts } from '../types.ts';
import type { Tokens } from './authorization.ts';
import { answerControl, type Controlled } from './control.ts';
import { Counter } from './counts.ts';
import { type Received, receive, send } from './exchange.ts';
import { preload } from './preload.ts';
import { Service } from './service.ts';

/** One request and its answer, for tests that check both. */
export interface Exchange {
  method: string;
  path: string;
  query: Record<string, string>;
  requestBody: unknown;
  status: number;
  responseBody: unknown;
}

export interface ApiOptions {
  hosts: Hosts;
  tokens: Tokens;
  name?: string;
  options?: Partial<SandboxOptions>;
  /** Keys that the account has from the start, in OpenSSH's one-line format. The first gets the book's id. */
  publicKeys?: readonly { name: string; publicKey: string }[];
  /** The machine's own, where there is none. */
  clock?: Clock | undefined;
  log?: (line: string) => void;
  onExchange?: (exchange: Exchange) => void;
}

export interface Api {
  /** Without /v2. */
  url: string;
  account: Account;
  faults: Faults;
  counter: Counter;
  /** Ends the API, its timers and connections; the hosts are not its own. */
  close(): Promise<void>;
}

export async function startApi(given: ApiOptions): Promise<Api> {
  const options = withDefaults(given.options ?? {});
  const timers = new Timers(given.clock);
  const faults = new Faults(options.faults, options.hosts);
  const account = new Account({ options, faults, hosts: given.hosts, timers, log: given.log ?? (() => {}) });
  for (const { name, publicKey } of given.publicKeys ?? []) {
    account.keys.make({ name, publicKey, fingerprint: keyFingerprint(publicKey) ?? '', addedAt: 0 });
  }
  preload(account);
  const { tokens, name = 'default' } = given;
  const sandbox = { name, startedAt: timers.now(), tokens, account, faults, counter: new Counter() };
  const service = new Service(account, tokens);
  const server = createServer();
  const url = await listen(server, options.port);
  server.on('request', (request, response) => void exchange({ ...sandbox, service, url, given }, request, response));
  return {
    url,
    account,
    faults,
    counter: sandbox.counter,
    close: async () => {
      timers.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Running extends Controlled {
  service: Service;
  url: string;
  given: ApiOptions;
}

async function exchange(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const received = await receive(request);
  if (!received) {
    response.destroy();
  } else if (received.path.startsWith('/sandbox/')) {
    const { headers, ...answer } = answerControl(running, received);
    send(response, answer, headers);
  } else {
    await answer(running, received, response);
  }
}

/** A request that was received is processed, whether or not its client is still there. */
async function answer(running: Running, received: Received, response: ServerResponse): Promise<void> {
  const { service, counter, given } = running;
  const { timers, options } = running.account;
  counter.asked(service.endpoint(received));
  await timers.pause(options.apiLatencyMs / 2);
  const outcome = service.process(received, running.url);
  counter.answered(outcome.kind === 'answer' ? outcome.answer.status : 'none');
  if (outcome.kind === 'hang') return;
  await timers.pause(options.apiLatencyMs / 2);
  if (outcome.kind === 'drop') {
    response.destroy();
    return;
  }
  given.onExchange?.(describe(received, outcome.answer.status, outcome.answer.body));
  await timers.pause(outcome.lateMs);
  send(response, outcome.answer, outcome.headers);
}

function describe(received: Received, status: number, responseBody: unknown): Exchange {
  return {
    method: received.method,
    path: received.path,
    query: Object.fromEntries(received.query),
    requestBody: received.text === '' ? undefined : (attempt(() => JSON.parse(received.text)) ?? received.text),
    status,
    // As sent over the wire: without `undefined` and dates.
    responseBody: responseBody === undefined ? undefined : JSON.parse(JSON.stringify(responseBody)),
  };
}

async function listen(server: Server, port: number): Promise<string> {
  // Connections stay open as the real API's do; a client that pools them gets no surprise reset.
  server.keepAliveTimeout = 60_000;
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
