// belt at a terminal: a pty whose other end the test holds.
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
  return {
    pty,
    ended,
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
