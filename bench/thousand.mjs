// A thousand simulated nodes: created, made one swarm, listed; within DigitalOcean's rate limits and in little memory.

import { watchRate } from './lib/rate.mjs';
import { limited, seconds } from './lib/table.mjs';
import { inWorld } from './lib/world.mjs';

const MEMORY_MB = 400;
/** DigitalOcean's limit, which the sandbox enforces (`--rate-limit`, by default 250/5000). */
const REQUESTS_A_MINUTE = 250;

export function run({ quick, say }) {
  const nodes = quick ? 60 : 1000;
  const pattern = `node[1:${nodes}]`;
  return inWorld(async (world) => {
    await world.sandbox([
      '--boot-seconds',
      quick ? '2' : '20',
      '--api-latency',
      '20',
      '--droplet-limit',
      String(nodes + 10),
    ]);
    const rate = watchRate(world);
    const timed = {};
    const step = async (name, words) => {
      say(`belt ${words.join(' ')}`);
      timed[name] = await world.belt(words);
      say(`${seconds(timed[name].ms / 1000)}, ${timed[name].peakMB.toFixed(0)} MB`);
      return timed[name].stdout;
    };
    await step('create', [
      'create',
      's-1vcpu-1gb',
      pattern,
      '--region',
      'sgp1',
      '--image',
      'docker-20-04',
      '--timeout',
      '900',
    ]);
    await step('active', ['active', 'node1']);
    await step('join', ['swarm', 'join', 'node1', pattern, '--timeout', '600']);
    const listed = await step('list', ['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}}']);
    const ready = new Set(listed.split('\n').filter((line) => line.endsWith(' Ready'))).size;
    const { worstMinute } = await rate.end();
    const { requests } = await world.status();
    return rows({ nodes, ready, timed, worstMinute, requests });
  });
}

function rows({ nodes, ready, timed, worstMinute, requests }) {
  const what = `${nodes.toLocaleString('en')} nodes:`;
  const times = Object.entries(timed).map(([name, { ms }]) => [name, ms / 1000]);
  const peaks = Object.entries(timed).map(([name, { peakMB }]) => [name, peakMB]);
  const list = (pairs, print) => pairs.map(([name, value]) => `${name} ${print(value)}`).join(', ');
  const refused = requests.byStatus[429] ?? 0;
  return [
    {
      what: `${what} Ready in \`docker node ls\``,
      measured: String(ready),
      against: list(times, (s) => `${s.toFixed(1)} s`),
      ratio: ready / nodes,
      reach: 'completes',
      met: ready === nodes,
      figures: { ready, seconds: Object.fromEntries(times) },
    },
    limited(
      {
        what: `${what} belt's peak memory`,
        measured: Math.max(...peaks.map(([, mb]) => mb)),
        limit: MEMORY_MB,
        against: list(peaks, (mb) => mb.toFixed(0)),
        figures: { peaksMB: Object.fromEntries(peaks) },
      },
      (mb) => `${mb.toFixed(0)} MB`,
    ),
    limited(
      {
        what: `${what} API requests in the worst minute`,
        measured: worstMinute,
        limit: REQUESTS_A_MINUTE,
        against: `${requests.total} in all`,
        figures: { requests },
      },
      String,
    ),
    {
      what: `${what} requests refused with 429`,
      measured: String(refused),
      against: 'doctl met 450 with 50 nodes*',
      reach: 'within the rate limits',
      met: refused === 0,
      figures: { refused },
    },
  ];
}
