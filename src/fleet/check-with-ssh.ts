// Asks the machine's ssh whether it reads the entries as they are meant, before they stand where one that it cannot read would end every
// ssh of the user's.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { State } from '../config/state.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { configText, type HostEntry } from '../ssh/openssh/config-text.ts';
import { includeLine } from '../ssh/openssh/include.ts';
import { openSsh } from './openssh.ts';

const ANSWER_MS = 5_000;

/** Nothing is checked where there is no OpenSSH. @throws BeltError when ssh refuses the entries, or does not come to read them */
export function checkWithSsh(context: Context, state: State, entries: readonly HostEntry[]): void {
  const { env } = context;
  const client = openSsh(context);
  if (client === undefined) return;
  const file = `ssh_config.${crypto.randomUUID()}`;
  const including = `${file}.including`;
  try {
    state.write(file, configText(entries));
    // By an Include too, as in the user's own file: its path is read otherwise than that of -F.
    state.write(including, `${includeLine(join(state.folder, file))}\n`);
    const words = ['-G', '-F', join(state.folder, including), '--', entries[0]?.names[0] ?? 'localhost'];
    const { status, stdout, stderr } = spawnSync(client.path, words, { env, encoding: 'utf8', timeout: ANSWER_MS });
    if (status === 0 ? knows(stdout, entries[0]) : !stderr.includes(file)) return;
    const [why = 'it does not come to read it'] = stderr.split(/\r?\n/).filter((line) => line.includes(file));
    throw new BeltError(`ssh cannot use what belt would write for it: ${why}`);
  } finally {
    state.remove(file);
    state.remove(including);
  }
}

function knows(answer: string, entry: HostEntry | undefined): boolean {
  const alias = entry?.settings.find(([keyword]) => keyword === 'HostKeyAlias')?.[1];
  return alias === undefined || answer.split(/\r?\n/).includes(`hostkeyalias ${alias}`);
}
