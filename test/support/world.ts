// What the worlds of tests have in common, whether belt runs as a process (test/e2e) or in the test's own (belt.ts).
import type { Clock } from '../../src/clock.ts';
import type { SandboxStatus } from '../../src/sandbox/api/status.ts';

/** `.belt.yaml` as the book has it. */
export const BOOK_CONFIG = `---
digitalocean:
  region: sgp1
  image: 18153887
  ssh_user: root
  ssh_key_fingerprint: 816630
`;

export interface Outcome {
  /** 128 + n when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface AnyWorld<RunOptions> {
  home: string;
  /** The folder that belt runs in, with a `.belt.yaml` as in the book. */
  cwd: string;
  env: Record<string, string | undefined>;
  /** By which belt and its sandbox wait. */
  clock: Clock;
  /** Runs belt with words; a string is split at spaces. */
  belt(words: string | readonly string[], options?: RunOptions): Promise<Outcome>;
  write(name: string, text: string): string;
  /** Starts this world's sandbox, in place of one that runs, and points belt at it. Takes the options of `belt sandbox start`. */
  sandbox(words?: string): Promise<void>;
  status(): Promise<SandboxStatus>;
  /** Ends the sandbox and removes every file. */
  end(): Promise<void>;
}

/** The options with one more, unless it is among them. */
export const unless = (words: string, option: string): string =>
  words.includes(option.split(' ')[0]!) ? words : `${words} ${option}`;

/** What a test has that is not about it: lists that tell at once what a request changed; hours of requests within a minute. */
export const atLeisure = (words: string): string => ['--list-lag 0', '--rate-limit 0/0/0'].reduce(unless, words);

export async function statusOf(env: AnyWorld<unknown>['env']): Promise<SandboxStatus> {
  const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token } = env;
  const answer = await fetch(`${url}/sandbox/status`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as SandboxStatus;
}
