// One run of `create`: its id, its host key, and a record on disk that lets the next run finish what this one began.
import { randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import type { Blueprint } from '../../cloud/provision.ts';
import type { Droplet } from '../../cloud/schemas.ts';
import { runTag } from '../../cloud/tags.ts';
import { type HostKeyPair, userData } from '../../cloud/userdata.ts';
import { knownNodes, type Run, removeRun, writeRun } from '../../config/choices.ts';
import type { Context } from '../../context.ts';
import { thisProcess } from '../../processes.ts';
import { keyBytes } from '../../ssh/fingerprint.ts';
import type { Planned } from './planned.ts';

export interface LiveRun {
  readonly tag: string;
  /** The blueprint as this run's droplets have it: with its tag, and user data with its host key. */
  stamped(blueprint: Blueprint): Blueprint;
  readonly planned: Planned;
  /** Droplets that this run made, by name. */
  readonly created: Map<string, Droplet>;
  /** Names of droplets that were still booting when DigitalOcean stopped answering: nobody knows whether they are there. */
  readonly unseen: Set<string>;
  /** Names whose request was sent and not answered. */
  inFlight(): string[];
  /** A request is about to be sent. @throws BeltError when that cannot be recorded: then it must not be sent */
  sending(names: readonly string[]): void;
  /** Requests were answered, with these droplets, or refused. */
  answered(names: readonly string[], droplets: readonly Droplet[]): void;
  /** Another run made this name first. */
  lost(name: string): void;
  /** Pins what was made; the record is kept only while something is in flight. */
  end(): Promise<void>;
}

/** One in some 280 keys that ssh2 makes lacks a leading zero, and no sshd can read it: the next one is taken then. */
export function makeHostKey(comment: string): HostKeyPair {
  for (;;) {
    const { private: privateKey, public: line } = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (ssh2.utils.parseKey(privateKey) instanceof Error) continue;
    return { privateKey, publicKey: line.split(' ').slice(0, 2).join(' ') };
  }
}

/** Checks that the user data will be taken: its keys are as long as those that will be sent. @throws UsageError */
export function checkUserData(parts: Planned['userData']): void {
  userData({ hostKey: makeHostKey('belt-run-0000000-00000000'), ...parts });
}

/** Writes the record before anything is sent. @throws BeltError when it cannot be written */
export async function startRun(context: Context, planned: Planned): Promise<LiveRun> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const id = `${Math.floor(context.clock.now() / 1000).toString(36)}-${randomBytes(4).toString('hex')}`;
  const pair = makeHostKey(`belt-run-${id}`);
  const hostKey = pair.publicKey;
  const record: Run = {
    id,
    cluster,
    startedAt: context.clock.now(),
    hostKey,
    inFlight: [],
    sentAt: 0,
    made: [],
    process: thisProcess(),
  };
  const created = new Map<string, Droplet>();
  const data = userData({ hostKey: pair, ...planned.userData });
  writeRun(state, record);
  // A later run can do without this line: it looks for the names that are still in flight.
  const keep = () => {
    record.made = [...created.values()].map(({ id }) => id);
    try {
      writeRun(state, record);
    } catch (error) {
      context.out.warn((error as Error).message);
    }
  };

  return {
    tag: runTag(id),
    stamped: (blueprint) => ({ ...blueprint, tags: [...blueprint.tags, runTag(id)], user_data: data }),
    planned,
    created,
    unseen: new Set(),
    inFlight: () => record.inFlight,
    sending: (names) => {
      record.inFlight = [...new Set([...record.inFlight, ...names])];
      record.sentAt = context.clock.now();
      writeRun(state, record);
    },
    answered: (names, droplets) => {
      for (const droplet of droplets) created.set(droplet.name, droplet);
      record.inFlight = record.inFlight.filter((name) => !names.includes(name));
      keep();
    },
    lost: (name) => {
      record.inFlight = record.inFlight.filter((one) => one !== name);
      created.delete(name);
      keep();
    },
    end: async () => {
      const key = keyBytes(hostKey);
      try {
        if (key && created.size > 0) await (await context.fleet()).introduce([...created.values()], key);
        await remember(context, [...created.values()]);
        if (record.inFlight.length === 0) removeRun(state, id);
      } catch (error) {
        // The record that stays pins them as well: what was made must still be told.
        context.out.warn((error as Error).message);
      }
    },
  };
}

/** The next run knows of them, whatever lists say by then. */
async function remember(context: Context, made: readonly Droplet[]): Promise<void> {
  const { cluster } = await context.settings();
  const ids = new Set(made.map(({ id }) => id));
  const others = knownNodes(await context.state(), cluster).filter(({ id }) => !ids.has(id));
  if (made.length > 0) await (await context.fleet()).remember([...others, ...made]);
}
