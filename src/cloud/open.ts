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
}

/** @throws BeltError when there is no token */
export function openCloud(options: OpenOptions, settings: { apiUrl: string; accessToken?: string | undefined }): Cloud {
  if (!settings.accessToken) throw noToken();
  const { clock, signal, trace, out } = options;
  const send = transport({
    apiUrl: settings.apiUrl,
    token: settings.accessToken,
    clock,
    signal,
    trace,
    budget: budget(clock),
    onWait: (line) => out.note(line),
  });
  return cloud(send);
}
