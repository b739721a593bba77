// `belt up`: how long it goes on after the slowest droplet could be used, what it asks of the API, and what it costs to run
// it again on a cluster that is right. The sandbox boots droplets as DigitalOcean was seen to (30 ± 4 s, 150 ms a request).
import { watchRate } from './lib/rate.mjs';
import { limited, seconds } from './lib/table.mjs';
import { inWorld } from './lib/world.mjs';

const FLEETS = {
  10: { managers: 3, limits: { beyond: 5, requests: 40 } },
  50: { managers: 3, limits: { again: 3 } },
  100: { managers: 5, limits: { beyond: 15, minute: 250 } },
};

export async function run({ quick, say }) {
  const rows = [];
  for (const [size, { managers, limits }] of Object.entries(FLEETS)) {
    const nodes = quick ? Math.min(size, 6) : Number(size);
    say(`${managers} managers and ${nodes - managers} workers`);
    const figures = await oneUp({ managers, workers: nodes - managers, bootSeconds: quick ? 3 : 30 });
    rows.push(...rowsOf(`up ${managers} + ${nodes - managers}:`, figures, limits));
  }
  return rows;
}

function oneUp({ managers, workers, bootSeconds }) {
  return inWorld(async (world) => {
    await world.sandbox(['--boot-seconds', String(bootSeconds), '--api-latency', '150', '--seed', '1']);
    world.write('.belt.yaml', fileOf(managers, workers));
    const rate = watchRate(world);
    const first = await world.belt(['up', '--yes', '--timeout', '900']);
    const { worstMinute } = await rate.end();
    const made = await world.status();
    await world.belt(['active', 'm1']);
    const listed = await world.belt(['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}}']);
    const ready = listed.stdout.split('\n').filter((line) => line.endsWith(' Ready')).length;
    if (ready !== managers + workers) throw new Error(`${ready} of ${managers + workers} nodes are Ready`);
    const before = (await world.status()).requests;
    const again = await world.belt(['up', '--yes']);
    const after = (await world.status()).requests;
    return {
      beyond: (first.endedAt - Math.max(...made.droplets.map(({ timeline }) => timeline.engineAt))) / 1000,
      requests: made.requests.total,
      minute: worstMinute,
      refused: made.requests.byStatus[429] ?? 0,
      again: again.ms / 1000,
      writes: writesOf(after) - writesOf(before),
      asked: after.total - before.total,
    };
  });
}

const writesOf = ({ byEndpoint }) =>
  Object.entries(byEndpoint).reduce((sum, [endpoint, count]) => sum + (endpoint.startsWith('GET ') ? 0 : count), 0);

const fileOf = (managers, workers) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: bench
  managers: {nodes: "m[1:${managers}]"}
  workers: {nodes: "w[1:${workers}]", labels: {tier: web}}
`;

function rowsOf(what, figures, limits) {
  const { beyond, requests, minute, refused, again, writes, asked } = figures;
  const row = (name, measured, limit, print, against) =>
    limit === undefined ? [] : [limited({ what: `${what} ${name}`, measured, limit, against, figures }, print)];
  return [
    ...row('time after the slowest was ready, all nodes Ready', beyond, limits.beyond, seconds),
    ...row('API requests in all', requests, limits.requests, String),
    ...row('API requests in the worst minute', minute, limits.minute, String, `${requests} in all, ${refused} refused`),
    ...row('run again, nothing to do', again, limits.again, seconds, `${asked} requests, ${writes} writes`),
  ];
}
