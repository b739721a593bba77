// `docker swarm update`, `unlock-key` and `unlock`: what changes a swarm, and what opens its managers.

import { type SwarmUpdate, swarmInspect, swarmUnlock, swarmUnlockKey, swarmUpdate } from '../../api/swarm.ts';
import { swarmInfo } from '../../api/system.ts';
import { EngineError } from '../../errors.ts';
import type { Engine } from '../../model/engine.ts';
import { type Command, Failure, none } from '../framework/command.ts';
import type { CliProcess } from '../framework/process.ts';
import { told } from '../framework/told.ts';

/** Changes what is named; the rest stays. */
export function change(engine: Engine, what: Partial<SwarmUpdate>): void {
  const { Version, Spec } = swarmInspect(engine);
  const nothing = { rotateWorkerToken: false, rotateManagerToken: false, rotateManagerUnlockKey: false };
  swarmUpdate(engine, { version: Version.Index, spec: Spec, ...nothing, ...what });
}

/** What is printed where there is a key. */
export const unlockText = (engine: Engine): string =>
  [
    'To unlock a swarm manager after it restarts, run the `docker swarm unlock`',
    'command and provide the following key:',
    '',
    `    ${swarmUnlockKey(engine).UnlockKey}`,
    '',
    'Remember to store this key in a password manager, since without it you',
    'will not be able to restart the manager.',
    '',
  ].join('\n');

const update: Command = {
  ...told('swarm update'),
  refuses: ['cert-expiry', 'dispatcher-heartbeat', 'external-ca', 'max-snapshots', 'snapshot-interval'],
  arity: none,
  async run({ engine, process, values }) {
    if (!values.has('autolock') && !values.has('task-history-limit')) {
      await process.out(update.help);
      return 0;
    }
    const { Spec } = swarmInspect(engine);
    const before = Spec.EncryptionConfig.AutoLockManagers;
    const now = values.has('autolock') ? values.is('autolock') : before;
    const limit = values.number('task-history-limit') ?? Spec.Orchestration.TaskHistoryRetentionLimit;
    change(engine, {
      spec: { Orchestration: { TaskHistoryRetentionLimit: limit }, EncryptionConfig: { AutoLockManagers: now } },
    });
    await process.out(`Swarm updated.\n${now && !before ? unlockText(engine) : ''}`);
    return 0;
  },
};

const key: Command = {
  ...told('swarm unlock-key'),
  arity: none,
  async run({ engine, process, values }) {
    if (values.is('rotate')) {
      if (!swarmInspect(engine).Spec.EncryptionConfig.AutoLockManagers) {
        throw new Failure('cannot rotate because autolock is not turned on');
      }
      change(engine, { rotateManagerUnlockKey: true });
      if (!values.is('quiet')) await process.out('Successfully rotated manager unlock key.\n');
    }
    const { UnlockKey } = fetched(engine);
    if (UnlockKey === '') throw new Failure('no unlock key is set');
    await process.out(values.is('quiet') ? `${UnlockKey}\n` : unlockText(engine));
    return 0;
  },
};

function fetched(engine: Engine): ReturnType<typeof swarmUnlockKey> {
  try {
    return swarmUnlockKey(engine);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new Failure(`could not fetch unlock key: Error response from daemon: ${error.message}`);
  }
}

const unlock: Command = {
  ...told('swarm unlock'),
  arity: none,
  async run({ engine, process }) {
    const { LocalNodeState: state } = swarmInfo(engine);
    if (state === 'inactive') throw new Failure('Error: This node is not part of a swarm');
    if (state !== 'locked') throw new Failure('Error: swarm is not locked');
    swarmUnlock(engine, { UnlockKey: await typed(process) });
    return 0;
  },
};

/** The first line of the input; on a terminal it is asked for, and not shown. */
async function typed(process: CliProcess): Promise<string> {
  if (process.terminal === undefined) return (await firstLine(process.stdin)).trim();
  process.echoes = false;
  await process.out('Enter unlock key: ');
  const line = await firstLine(process.stdin);
  process.echoes = true;
  await process.out('\n');
  return line;
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0]!;
}

export const lockCommands: Command[] = [update, key, unlock];
