// `belt deploy` beyond its connection: what reading, planning, sending and waiting take. The hosts are simulated, so that belt's
// own part is what is seen; `belt exec … true` on the manager in the same run is the connection.
import { duel, median } from './lib/duel.mjs';
import { limited, seconds } from './lib/table.mjs';
import { BELT, inWorld } from './lib/world.mjs';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster: {name: main, managers: {nodes: m1}, workers: {nodes: w1}}
`;

/** A stack in which services have what they mostly have: variables, labels, a config, ports, limits, something to wait for. */
const stack = (services) => {
  const one = (_, n) => `  s${n}:
    image: nginx:1.27
    environment: {COLOUR: "\${COLOUR:-blue}", NUMBER: "${n}"}
    labels: {app: shop, part: s${n}}
    configs: [page]
    ports: ["${8000 + n}:80"]
    healthcheck: {test: [CMD, "true"], interval: 5s}
    ${n > 0 ? `depends_on: [s${n - 1}]` : ''}
    deploy: {replicas: 1, resources: {limits: {cpus: "0.5", memory: 64M}}, labels: {tier: "${n % 3}"}}
`;
  return `name: shop\nservices:\n${Array.from({ length: services }, one).join('')}configs:\n  page: {content: hello}\n`;
};

export const run = ({ quick, say }) =>
  inWorld(async (world) => {
    const { cwd } = world;
    world.write('.belt.yaml', CLUSTER);
    await world.sandbox(['--boot-seconds', '0', '--api-latency', '0']);
    await world.belt(['up', '--yes']);
    await world.belt(['active', 'm1']);
    const runs = quick ? 3 : 15;
    const belt = (...words) => ({ command: process.execPath, words: [BELT, ...words], cwd, env: world.env });
    const connection = belt('exec', 'm1', '--', 'true');

    const [many, few] = [57, quick ? 3 : 20];
    say(`the plan of ${many} services, ${runs} times`);
    world.write('many.yaml', stack(many));
    const ended = ({ words: [script, ...words], ...rest }) => ({
      ...rest,
      command: 'sh',
      // 4 is "there is something to do".
      words: ['-c', '"$0" "$@"; [ $? -eq 4 ]', process.execPath, script, ...words],
    });
    const [plan, toPlan] = duel(ended(belt('deploy', '-c', 'many.yaml', '--plan')), connection, { runs });

    say(`${few} services that run already, ${runs} times`);
    world.write('compose.yaml', stack(few));
    await world.belt(['deploy', '--yes']);
    const [again, toSend] = duel(belt('deploy', '--yes'), connection, { runs });
    // Ends with 4, which throws, where something differs.
    await world.belt(['deploy', '--plan']);

    const waits = quick ? 1 : 5;
    say(`a service that changes, ${waits} times`);
    const late = [];
    for (let n = 0; n < waits; n++) late.push(await lateness(world, n));

    const beyond = (own, base) => (own.ms - base.ms) / 1000;
    return [
      limited(
        {
          what: `belt deploy --plan, ${many} services, beyond the connection`,
          measured: beyond(plan, toPlan),
          limit: 0.3,
          against: `belt exec m1 -- true ${seconds(toPlan.ms / 1000)}`,
          figures: { cpuMs: plan.cpuMs },
        },
        seconds,
      ),
      limited(
        {
          what: `belt deploy, ${few} services that run already`,
          measured: again.ms / 1000,
          limit: 1,
          against: `belt exec m1 -- true ${seconds(toSend.ms / 1000)}`,
          figures: { cpuMs: again.cpuMs },
        },
        seconds,
      ),
      limited(
        {
          what: 'belt deploy, from the moment that the last task counts as stable to its exit',
          measured: median(late),
          limit: 1.5,
        },
        seconds,
      ),
    ];
  });

/** So long a task has to run until it counts, in ms (src/stack/judge.ts). */
const STABLE_MS = 5_000;
/** Prints when the running tasks came into their state, as ms since the epoch. */
const RUNNING = `require('node:http').get({ socketPath: process.env.DOCKER_HOST.replace('unix://', ''), path: '/tasks' }, async (answer) => {
  let text = '';
  for await (const piece of answer) text += piece;
  const tasks = JSON.parse(text).filter((task) => task.DesiredState === 'running');
  console.log(Math.max(...tasks.map((task) => Date.parse(task.Status.Timestamp))));
})`;

/** Deploys a service of one more version. Gives how long after its last task was stable that ended, in seconds. */
async function lateness(world, n) {
  world.write(
    'one.yaml',
    `name: one\nservices: {web: {image: "nginx:1.27", environment: {N: "${n}"}, deploy: {replicas: 3}}}\n`,
  );
  const { endedAt } = await world.belt(['deploy', '-c', 'one.yaml', '--yes']);
  const { stdout } = await world.belt(['with', 'm1', '--', process.execPath, '-e', RUNNING]);
  return (endedAt - Number(stdout) - STABLE_MS) / 1000;
}
