// How long `belt create` goes on after the slowest droplet could be used, and what it asks of the API. The sandbox boots
// droplets as DigitalOcean was seen to (30 ± 4 s, 150 ms a request) and keeps the record of when each was what.
import { median } from './lib/duel.mjs';
import { limited, seconds } from './lib/table.mjs';
import { inWorld } from './lib/world.mjs';

const CREATE = 'POST /v2/droplets';
const BEYOND = 'doctl --wait 2.3 s*, Docker Machine 2.2–3 s*';
/** Requests, by nodes. */
const REQUESTS = {
  4: 'doctl 38*, Docker Machine 81*',
  10: 'doctl 92*, Docker Machine 192*',
  50: 'doctl 463*, Docker Machine 956*',
};

export async function run({ quick, say }) {
  const sizes = quick ? [4] : [4, 10, 50];
  const seeds = quick ? [1] : [1, 2, 3];
  const bootSeconds = quick ? 3 : 30;
  const rounds = [];
  for (const seed of seeds) {
    say(`${sizes.join(', ')} nodes side by side, each in a sandbox of its own, seed ${seed}`);
    // Most of the time is booting, which costs nothing: side by side disturbs little and saves two thirds of the time.
    rounds.push(await Promise.all(sizes.map((nodes) => oneCreate({ nodes, seed, bootSeconds }))));
  }
  return sizes.flatMap((nodes, at) => {
    const runs = rounds.map((round) => round[at]);
    return [...beyondRows(nodes, runs), ...requestRows(nodes, runs)];
  });
}

function oneCreate({ nodes, seed, bootSeconds }) {
  return inWorld(async (world) => {
    await world.sandbox(['--boot-seconds', String(bootSeconds), '--api-latency', '150', '--seed', String(seed)]);
    const pattern = `node[1:${nodes}]`;
    const end = await world.belt(['create', 's-1vcpu-1gb', pattern, '--region', 'sgp1', '--image', 'docker-20-04']);
    const { droplets, requests } = await world.status();
    if (droplets.length !== nodes) throw new Error(`${droplets.length} droplets exist, not ${nodes}`);
    const after = (state) => (end.endedAt - Math.max(...droplets.map(({ timeline }) => timeline[state]))) / 1000;
    return {
      seconds: end.ms / 1000,
      afterEngine: after('engineAt'),
      afterSsh: after('sshAt'),
      afterActive: after('activeAt'),
      requests: requests.total,
      posts: requests.byEndpoint[CREATE],
      refused: requests.byStatus[429] ?? 0,
    };
  });
}

function beyondRows(nodes, runs) {
  const what = `create ${nodes} nodes:`;
  const ready = runs.map(({ afterEngine }) => afterEngine);
  const reachable = runs.map(({ afterSsh }) => afterSsh);
  return [
    limited(
      {
        what: `${what} time after the slowest was ready (its engine answered)`,
        // The worst of the runs counts.
        measured: Math.max(...ready),
        measuredText: spread(ready),
        limit: 1,
        against: BEYOND,
        figures: { runs },
      },
      seconds,
    ),
    {
      what: `${what} … after the slowest was reachable (its SSH port opened)`,
      measured: spread(reachable),
      against: `its engine came ${spread(runs.map((run) => run.afterSsh - run.afterEngine))} later`,
      figures: { seconds: reachable },
    },
  ];
}

function requestRows(nodes, runs) {
  const most = (key) => Math.max(...runs.map((run) => run[key]));
  // The limits are those of 50 nodes; fewer nodes have to do with fewer POSTs.
  return [
    limited(
      {
        what: `create ${nodes} nodes: API requests in all`,
        measured: most('requests'),
        limit: 40,
        against: REQUESTS[nodes],
      },
      String,
    ),
    limited(
      { what: `create ${nodes} nodes: of these ${CREATE}`, measured: most('posts'), limit: Math.ceil(nodes / 10) },
      String,
    ),
  ];
}

function spread(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  return low === high ? `${low} s` : `${median(values).toFixed(2)} s (${low}–${high})`;
}
