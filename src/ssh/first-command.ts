// Checks whether a host runs commands. DigitalOcean's Marketplace images answer every command of root's with a notice and exit
// code 0, through a ForceCommand that their first boot removes (https://github.com/digitalocean/droplet-1-clicks).
import { randomBytes } from 'node:crypto';
import { BeltError } from '../errors.ts';
import type { Connection, Patience } from './connection.ts';

/** The host accepted a command but answered something else. */
export class NotRun extends BeltError {
  override readonly name = 'NotRun';
  /** Its answer on one line; empty if there was none. */
  readonly answer: string;

  constructor(answer: string) {
    super(
      answer === ''
        ? 'it cannot run commands and gives no reason'
        : `it cannot run commands yet and answers each with ${JSON.stringify(answer)}`,
      { hint: 'its image may still be setting up; a longer --timeout gives it more time' },
    );
    this.answer = answer;
  }
}

/** As much of an answer as a person wants to read. */
const MOST_CHARS = 200;

/** Runs a command with an unmistakable answer. @throws NotRun when the answer is a different one; SshError as `run` does */
export async function firstCommand(connection: Connection, patience: Patience = {}): Promise<void> {
  const marker = `belt-${randomBytes(8).toString('hex')}`;
  const { stdout, stderr } = await connection.run(`echo ${marker}`, patience);
  // A login script may print something before it.
  if (stdout.split('\n').includes(marker)) return;
  throw new NotRun(`${stdout} ${stderr}`.replaceAll(/\s+/g, ' ').trim().slice(0, MOST_CHARS));
}
