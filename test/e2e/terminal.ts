// belt at a terminal: a pty whose other end the test holds.
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import { until } from '../support/probe.ts';
import type { World } from './world.ts';

export interface Terminal {
  pty: IPty;
  /** All that appeared on the screen so far. */
  screen(): string;
  type(keys: string): void;
  /** Waits until the screen shows it. */
  shows(text: string | RegExp): Promise<void>;
  /** Ends what a shell there runs by Ctrl-C, and waits until the shell answers again. */
  breaksOff(): Promise<void>;
  /** The exit code, once it ended. */
  ended: Promise<number>;
}

/** Runs a shell's line at a terminal, of 80 columns and 24 rows unless told otherwise. */
export function terminal(
  world: World,
  line: string,
  env: Record<string, string | undefined> = {},
  { cols = 80, rows = 24 } = {},
): Terminal {
  const all = Object.entries({ ...world.env, ...env }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const pty = spawn('sh', ['-c', line], {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: world.cwd,
    env: Object.fromEntries(all),
  });
  let shown = '';
  pty.onData((data) => {
    shown += data;
  });
  const ended = new Promise<number>((resolve) =>
    pty.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode)),
  );
  let breaks = 0;
  return {
    pty,
    ended,
    breaksOff: async () => {
      const answer = () => shown.includes(`back-${breaks}-yes`);
      breaks += 1;
      // Again and again: the shell takes a moment to give the terminal to what it started.
      for (let n = 0; n < 60 && !answer(); n++) {
        pty.write('\x03');
        await sleep(200);
        pty.write(`echo back-${breaks}-''yes\r`);
        await until('it answers', answer, 1_000).catch(() => {});
      }
      if (!answer()) throw new Error(`Ctrl-C did not end it; the screen shows ${JSON.stringify(shown)}`);
    },
    screen: () => shown,
    type: (keys) => pty.write(keys),
    shows: async (text) => {
      await until(`the screen shows ${text}`, () =>
        typeof text === 'string' ? shown.includes(text) : text.test(shown),
      ).catch((error) => {
        throw new Error(`${error.message}; it shows ${JSON.stringify(shown)}`);
      });
    },
  };
}
