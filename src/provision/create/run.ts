// One run of `create`: its id, its host key, and a record on disk that lets the next run finish what this one began.
import { randomBytes } from 'node:crypto';
import type { Blueprint } from '../../cloud/provision.ts';
import { runTag } from '../../cloud/tags.ts';
import { userData } from '../../cloud/userdata.ts';
import { knownNodes, type Run, removeRun, writeRun } from '../../config/choices.ts';
import type { State } from '../../config/state.ts';
import type { Context } from '../../context.ts';
import type { Droplet } from '../../model/droplet.ts';
import { newKeyPair } from '../../new-key.ts';
import { thisProcess } from '../../processes.ts';
import { keyBytes } from '../../ssh/fingerprint.ts';
import type { RunSetup } from './setup.ts';

/** Checks that the user data will be taken: its keys are as long as those that will be sent. @throws UsageError */
export function checkUserData(parts: RunSetup['userData']): void {
  userData({ hostKey: newKeyPair('belt-run-0000000-00000000'), ...parts });
}

/** Writes the record before anything is sent. @throws BeltError when it cannot be written */
export async function startRun(context: Context, setup: RunSetup): Promise<LiveRun> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const startedAt = context.clock.now();
  const id = `${Math.floor(startedAt / 1000).toString(36)}-${randomBytes(4).toString('hex')}`;
  const pair = newKeyPair(`belt-run-${id}`);
  const record: Run = {
    id,
    cluster,
    startedAt,
    hostKey: pair.publicKey,
    inFlight: [],
    sentAt: 0,
    made: [],
    process: thisProcess(),
  };
  const data = userData({ hostKey: pair, ...setup.userData });
  writeRun(state, record);
  return new LiveRun(context, state, { setup, record, userData: data });
}

export class LiveRun {
  readonly setup: RunSetup;
  /** Droplets that this run made, by name. */
  readonly created = new Map<string, Droplet>();
  /** Names of droplets that were still booting when DigitalOcean stopped answering: nobody knows whether they are there. */
  readonly unseen = new Set<string>();
  readonly #context: Context;
  readonly #state: State;
  readonly #record: Run;
  readonly #userData: string;

  constructor(
    context: Context,
    state: State,
    { setup, record, userData }: { setup: RunSetup; record: Run; userData: string },
  ) {
    this.#context = context;
    this.#state = state;
    this.setup = setup;
    this.#record = record;
    this.#userData = userData;
  }

  get tag(): string {
    return runTag(this.#record.id);
  }

  /** Names whose request was sent and not answered. */
  get inFlight(): readonly string[] {
    return this.#record.inFlight;
  }

  /** The blueprint as this run's droplets have it: with its tag, and user data with its host key. */
  stamped(blueprint: Blueprint): Blueprint {
    return { ...blueprint, tags: [...blueprint.tags, this.tag], user_data: this.#userData };
  }

  /** A request is about to be sent. @throws BeltError when that cannot be recorded: then it must not be sent */
  sending(names: readonly string[]): void {
    this.#record.inFlight = [...new Set([...this.#record.inFlight, ...names])];
    this.#record.sentAt = this.#context.clock.now();
    writeRun(this.#state, this.#record);
  }

  /** Requests were answered, with these droplets, or refused. */
  answered(names: readonly string[], droplets: readonly Droplet[]): void {
    for (const droplet of droplets) this.created.set(droplet.name, droplet);
    this.#record.inFlight = this.#record.inFlight.filter((name) => !names.includes(name));
    this.#keep();
  }

  /** Another run made this name first. */
  lost(name: string): void {
    this.#record.inFlight = this.#record.inFlight.filter((one) => one !== name);
    this.created.delete(name);
    this.#keep();
  }

  /** Pins what was made; the record is kept only while something is in flight. */
  async end(): Promise<void> {
    const { id, hostKey, inFlight } = this.#record;
    const key = keyBytes(hostKey);
    const made = [...this.created.values()];
    try {
      if (key && made.length > 0) await (await this.#context.fleet()).introduce(made, key);
      await remember(this.#context, made);
      if (inFlight.length === 0) removeRun(this.#state, id);
    } catch (error) {
      // The record that stays pins them as well: what was made must still be told.
      this.#context.out.warn((error as Error).message);
    }
  }

  /** A later run can do without what cannot be written: it looks for the names that are still in flight. */
  #keep(): void {
    this.#record.made = [...this.created.values()].map(({ id }) => id);
    try {
      writeRun(this.#state, this.#record);
    } catch (error) {
      this.#context.out.warn((error as Error).message);
    }
  }
}

/** The next run knows of them, whatever lists say by then. */
async function remember(context: Context, made: readonly Droplet[]): Promise<void> {
  const { cluster } = await context.settings();
  const ids = new Set(made.map(({ id }) => id));
  const others = knownNodes(await context.state(), cluster).filter(({ id }) => !ids.has(id));
  if (made.length > 0) await (await context.fleet()).remember([...others, ...made]);
}
