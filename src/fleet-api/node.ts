// One engine of the fleet: requests to it over streams that stay open for the next one, and whether it answers.
import { EventEmitter, once, setMaxListeners } from 'node:events';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { drop } from '../endpoint/local-socket.ts';
import { messageOf } from '../errors.ts';
import { abortedWith, backOff } from '../wait.ts';
import { content } from './content.ts';
import { jsonText } from './json.ts';
import { Pulse, SILENCE_MS } from './pulse.ts';
import { isCut, isOutOfReach } from './reach.ts';
import { Refusal } from './refusal.ts';
import { StreamAgent } from './stream-agent.ts';
import { Traffic } from './traffic.ts';
import type { Info } from './types.ts';
import { type VersionRange, versionFor } from './version.ts';

export interface NodeOptions {
  name: string;
  /** What published ports are reached at. */
  address: string;
  /** A stream to its engine. @throws BeltError; NoStream */
  open: () => Promise<Duplex>;
  /** Whether no more streams can be open at once: one that is asked for waits for another's end, and says nothing of the engine. */
  isFull?: (() => boolean) | undefined;
  clock: Clock;
  /** Ends whatever waits for it. */
  signal: AbortSignal;
  /** Called when it stops answering, and when it answers again. */
  onChange?: ((node: ApiNode, isSilent: boolean) => void) | undefined;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** As JSON where it is; else the text. */
  body: unknown;
}

export interface Ask {
  method?: string;
  /** With its query, without a version. */
  path: string;
  /** The client's version; the newest that the engine has, by default. */
  version?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
  /** Ends the request, and its answer as long as that lasts. */
  signal?: AbortSignal | undefined;
}

const PROBE_MS = 30_000;
const PROBE_PAUSE_MS = backOff(500, 15_000);
const MOST_HEADERS = 1 << 20;

export class ApiNode {
  readonly name: string;
  readonly address: string;
  versions: VersionRange = { min: '1.24', max: '1.24' };
  /** What its engine last said of itself; undefined before it answered for the first time. */
  info: Info | undefined;
  versionAnswer: Record<string, unknown> | undefined;
  /** Why it is not waited for. */
  silence: string | undefined;
  readonly #options: NodeOptions;
  readonly #agent: StreamAgent;
  readonly #traffic = new Traffic();
  readonly #pulse: Pulse;
  readonly #back = new EventEmitter().setMaxListeners(0);
  #isDoubted = false;
  readonly #own: AbortController;
  readonly #forgetFleet: () => void;

  constructor(options: NodeOptions) {
    const { own, forget } = abortedWith(options.signal);
    // Every request under way listens to it.
    setMaxListeners(0, own.signal);
    this.#own = own;
    this.#forgetFleet = forget;
    this.#options = { ...options, signal: own.signal };
    this.name = options.name;
    this.address = options.address;
    this.#agent = new StreamAgent(
      () => this.#open(),
      () => this.#isFull,
    );
    this.#pulse = new Pulse({
      ...this.#options,
      traffic: this.#traffic,
      isFull: () => this.#isFull,
      request: () => this.#request({ method: 'GET', path: '/_ping', headers: {} }),
    });
  }

  /** Its engine's version and what it says of itself. @throws Refusal when it does not answer */
  async greet(): Promise<void> {
    const [version, info] = await Promise.all([this.ask({ path: '/version' }), this.ask({ path: '/info' })]);
    const refused = [version, info].find(({ status }) => status !== 200);
    if (refused) throw new Refusal(500, `${this.name}: its Docker engine answered ${refused.status}`);
    this.versionAnswer = version.body as Record<string, unknown>;
    const { ApiVersion, MinAPIVersion } = this.versionAnswer as { ApiVersion?: string; MinAPIVersion?: string };
    this.versions = { min: MinAPIVersion ?? '1.24', max: ApiVersion ?? '1.24' };
    this.info = info.body as Info;
  }

  /** What says that it does not answer. */
  get refusal(): Refusal {
    return new Refusal(500, `${this.name} does not answer: ${this.silence ?? 'its Docker engine is silent'}`);
  }

  /** The whole answer to one request. @throws Refusal when it does not answer */
  async ask(asked: Ask): Promise<Answer> {
    const { method = 'GET', body, headers = {}, signal } = asked;
    const json = body === undefined ? undefined : jsonText(body);
    const response = await this.send(
      { ...asked, method, headers: { ...headers, ...(json !== undefined && jsonHeaders(json)) }, signal },
      (request) => request.end(json),
    );
    try {
      return { status: response.statusCode ?? 0, headers: response.headers, body: await content(response) };
    } catch (error) {
      throw this.lost(error);
    }
  }

  /**
   * Sends a request, whose body `feed` writes, and gives the answer once its headers are there.
   * @throws Refusal when the engine does not answer, not even to a ping
   */
  async send(
    asked: Ask & { headers?: http.OutgoingHttpHeaders },
    feed: (request: http.ClientRequest) => void,
  ): Promise<http.IncomingMessage> {
    const { method = 'GET', path, version, headers = {}, signal } = asked;
    if (this.silence !== undefined) throw this.refusal;
    const gone = [this.#options.signal, ...(signal ? [signal] : [])];
    for (const one of gone) one.throwIfAborted();
    const request = this.#request({ method, path: this.pathOf(path, version), headers });
    const end = () => request.destroy(new Error('closed'));
    for (const one of gone) one.addEventListener('abort', end, { once: true });
    const watch = new AbortController();
    try {
      return await new Promise((resolve, reject) => {
        request.on('error', reject);
        request.on('response', (response) => {
          const cut = () => response.destroy();
          signal?.addEventListener('abort', cut, { once: true });
          response.once('close', () => signal?.removeEventListener('abort', cut));
          resolve(response);
        });
        request.on('upgrade', (_response, stream) => {
          drop(stream);
          reject(new Error('it answered with another protocol'));
        });
        this.#pulse.watch(watch.signal).catch(reject);
        feed(request);
      });
    } catch (error) {
      request.destroy();
      for (const one of gone) one.throwIfAborted();
      // The stream was closed while nobody used it, as by an engine that was started again.
      if (method === 'GET' && request.reusedSocket && isCut(error)) return await this.send(asked, feed);
      throw this.lost(error);
    } finally {
      watch.abort();
      for (const one of gone) one.removeEventListener('abort', end);
    }
  }

  /** A stream of its own, for what is no longer HTTP after the first answer. @throws Refusal */
  async stream(): Promise<Duplex> {
    if (this.silence !== undefined) throw this.refusal;
    const isFull = this.#isFull;
    const opening = this.#open();
    try {
      return isFull ? await opening : await this.#pulse.within(SILENCE_MS, () => opening);
    } catch (error) {
      // One that comes too late is nobody's.
      opening.then(drop, () => {});
      throw this.lost(error);
    }
  }

  async #open(): Promise<Duplex> {
    return this.#traffic.watch(await this.#options.open());
  }

  get #isFull(): boolean {
    return this.#options.isFull?.() ?? false;
  }

  /** The path with the version that suits its engine. */
  pathOf(path: string, version: string | undefined): string {
    return this.info === undefined ? path : `/v${versionFor(version, this.versions)}${path}`;
  }

  /** What is thrown for a failed request; an engine that cannot be reached is silent from then on. */
  lost(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    const why = messageOf(error);
    if (isOutOfReach(error)) this.fallSilent(why);
    else if (isCut(error)) void this.#doubt(why);
    return new Refusal(500, `${this.name} does not answer: ${why}`);
  }

  /** One stream that was cut says nothing of the engine: a ping does. */
  async #doubt(why: string): Promise<void> {
    if (this.#isDoubted || this.silence !== undefined) return;
    this.#isDoubted = true;
    const silence = await this.#pulse.silenceIn(SILENCE_MS);
    this.#isDoubted = false;
    if (silence) this.fallSilent(why);
  }

  /** It is not waited for until it answers again. */
  fallSilent(why: string): void {
    if (this.silence !== undefined || this.#options.signal.aborted) return;
    this.silence = why;
    this.#options.onChange?.(this, true);
    void this.#untilItAnswers().catch(() => {});
  }

  /** Takes a better reason for the silence of one that is silent. */
  explain(why: string): void {
    if (this.silence !== undefined) this.silence = why;
  }

  /** Resolves when it answers, at once where it does. @throws when the signal is aborted */
  async answers(signal: AbortSignal): Promise<void> {
    while (this.silence !== undefined) await once(this.#back, 'back', { signal });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Aborted when it leaves the fleet, or the fleet ends. */
  get left(): AbortSignal {
    return this.#own.signal;
  }

  /** It is a node of the fleet no more: nothing waits for it, and nothing asks whether it answers. */
  leave(): void {
    this.silence ??= 'it has left the fleet';
    this.#own.abort(this.refusal);
    this.#forgetFleet();
    this.close();
  }

  async #untilItAnswers(): Promise<void> {
    const { clock, signal } = this.#options;
    for (let tries = 1; ; tries++) {
      await clock.sleep(PROBE_PAUSE_MS(tries), signal);
      if ((await this.#pulse.silenceIn(PROBE_MS)) === undefined) break;
    }
    this.silence = undefined;
    await this.greet().catch(() => {});
    // Silent again: another such loop is under way.
    if (this.silence !== undefined) return;
    this.#options.onChange?.(this, false);
    this.#back.emit('back');
  }

  #request({ method, path, headers }: { method: string; path: string; headers: http.OutgoingHttpHeaders }) {
    return http.request({
      agent: this.#agent,
      method,
      path,
      headers: { ...headers, host: 'docker' },
      maxHeaderSize: MOST_HEADERS,
    });
  }
}

const jsonHeaders = (json: string) => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(json)),
});
