// The client for the account that the settings name.
import type { Clock } from '../clock.ts';
import type { Out } from '../output/out.ts';
import { budget } from './budget.ts';
import { type Cloud, cloud } from './client.ts';
import { noToken } from './errors.ts';
import { transport } from './transport.ts';

export interface OpenOptions {
  clock: Clock;
  signal: AbortSignal;
  out: Pick<Out, 'note'>;
  trace: ((line: string) => void) | undefined;
  /** Where a proxy may be named. */
  env?: Readonly<Record<string, string | undefined>>;
  /** By whose time a request may take too long: `clock`, where it is not given. */
  requestClock?: Clock;
  /** The command's options: `timeout` in seconds bounds the waiting for rate limits. */
  options?: { timeout?: number | undefined };
}

/** @throws BeltError when there is no token */
export function openCloud(options: OpenOptions, settings: { apiUrl: string; accessToken?: string | undefined }): Cloud {
  if (!settings.accessToken) throw noToken();
  const { clock, signal, trace, out, env } = options;
  const timeout = options.options?.timeout;
  const send = transport({
    apiUrl: settings.apiUrl,
    token: settings.accessToken,
    clock,
    requestClock: options.requestClock ?? clock,
    signal,
    trace,
    env,
    budget: budget(clock),
    onWait: (line) => out.note(line),
    limitBudgetMs: timeout === undefined ? undefined : timeout * 1000,
  });
  return cloud(send, { onSkipped: (line) => trace?.(line) });
}
