// The options of a sandbox, and their defaults.
import { UsageError } from '../errors.ts';

export interface RateLimit {
  /** Requests a minute and token; 0 for no limit. */
  perMinute: number;
  /** Requests an hour and token; 0 for no limit. */
  perHour: number;
}

export const HOST_KINDS = ['simulated', 'engine'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

export interface SandboxOptions {
  hosts: HostKind;
  /** The API's port; 0 for any free one. */
  port: number;
  /** How long each request takes, in ms. */
  apiLatencyMs: number;
  /** How far lists of droplets lag behind what happened, at most, in ms. */
  listLagMs: number;
  /** The mean time from POST to `active`. */
  bootSeconds: number;
  /** Two sandboxes with one seed give their droplets the same ids, addresses and times. */
  seed: number;
  rateLimit: RateLimit;
  /** `GET /v2/account/keys` a minute; 0 for no limit. */
  keysPerMinute: number;
  dropletLimit: number;
  /** No region has a VPC yet. */
  newAccount: boolean;
  /** Active droplets that exist from the start, without hosts: node1, node2, … */
  droplets: number;
  /** `--fault` specs. */
  faults: string[];
}

const DEFAULT_OPTIONS: Readonly<SandboxOptions> = {
  hosts: 'simulated',
  port: 0,
  apiLatencyMs: 20,
  listLagMs: 2_000,
  bootSeconds: 2,
  seed: 1,
  rateLimit: { perMinute: 250, perHour: 5000 },
  keysPerMinute: 10,
  dropletLimit: 1000,
  newAccount: false,
  droplets: 0,
  faults: [],
};

export const withDefaults = (options: Partial<SandboxOptions>): SandboxOptions => ({
  ...structuredClone(DEFAULT_OPTIONS),
  ...options,
});

/** Reads `PER_MINUTE/PER_HOUR`, and behind it `/KEYS_PER_MINUTE` where that is not the default. */
export function parseRateLimit(
  text: string,
): Pick<SandboxOptions, 'rateLimit'> & Partial<Pick<SandboxOptions, 'keysPerMinute'>> {
  const match = /^(\d+)\/(\d+)(?:\/(\d+))?$/.exec(text);
  if (!match) {
    throw new UsageError(`"${text}" is not a rate limit`, {
      hint: 'write PER_MINUTE/PER_HOUR, such as 250/5000, or /KEYS_PER_MINUTE behind it; 0 means none',
    });
  }
  const [, minute, hour, keys] = match;
  const rateLimit = { perMinute: Number(minute), perHour: Number(hour) };
  return { rateLimit, ...(keys !== undefined && { keysPerMinute: Number(keys) }) };
}
