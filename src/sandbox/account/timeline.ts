// When a droplet reaches each state, randomly drawn from its own seed.
import { between, normal, type Random } from '../random.ts';
import type { BootTimes } from '../types.ts';

/** In ms after the POST. */
export interface Timeline {
  addressMs: number;
  activeMs: number;
}

export function drawTimeline(random: Random, meanBootMs: number): Timeline {
  // As measured on DigitalOcean: 30 s ± 4 s, never much faster.
  const activeMs = Math.max(0.3 * meanBootMs, normal(random, meanBootMs, (meanBootMs * 4) / 30));
  const late = random() < 0.1;
  const share = late ? between(random, 0.8, 1) : between(random, 0.15, 0.35);
  return { addressMs: activeMs * share, activeMs };
}

/** Draws how long the host takes after `active`. */
export const drawBootTimes = (random: Random, meanBootMs: number): BootTimes => ({
  sshMs: between(random, 0.05, 0.15) * meanBootMs,
  engineMs: between(random, 0.03, 0.1) * meanBootMs,
});

/** Draws how long an action on a droplet that exists takes. */
export const drawActionMs = (random: Random, meanBootMs: number): number => between(random, 0.1, 0.3) * meanBootMs;

/** Draws how long a deleted droplet still shows. */
export const drawDeletionMs = (random: Random, meanBootMs: number): number => between(random, 0.02, 0.1) * meanBootMs;

/** Draws how long the droplets' packet filters take to follow a firewall. */
export const drawFirewallMs = (random: Random, meanBootMs: number): number => between(random, 0.03, 0.1) * meanBootMs;
