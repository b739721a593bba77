// `belt ls` of a large account: few requests, and every droplet once.
import { limited } from './lib/table.mjs';
import { inWorld } from './lib/world.mjs';

const REQUESTS = 60;

export function run({ quick, say }) {
  const droplets = quick ? 1_000 : 10_000;
  return inWorld(async (world) => {
    say(`belt ls of ${droplets} droplets`);
    await world.sandbox(['--droplets', String(droplets), '--droplet-limit', String(droplets), '--api-latency', '20']);
    const { stdout, ms, peakMB } = await world.belt(['ls']);
    const ids = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[0]);
    const unique = new Set(ids).size;
    const { requests } = await world.status();
    const what = `belt ls of ${droplets.toLocaleString('en')} droplets:`;
    return [
      limited(
        {
          what: `${what} API requests`,
          measured: requests.total,
          limit: REQUESTS,
          against: `${(ms / 1000).toFixed(2)} s, ${peakMB.toFixed(0)} MB`,
          figures: { ms, peakMB },
        },
        String,
      ),
      {
        what: `${what} rows, of these different`,
        measured: `${ids.length}, ${unique}`,
        against: `${droplets} exist`,
        ratio: unique / droplets,
        reach: 'all, once each',
        met: ids.length === droplets && unique === droplets,
        figures: { rows: ids.length, unique },
      },
    ];
  });
}
