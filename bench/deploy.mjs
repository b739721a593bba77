// `belt deploy` beyond its connection: what reading, planning, sending and waiting take. The hosts are simulated, so that belt's
// own part is what is seen; `belt exec … true` on the manager in the same run is the connection.
import { duel } from './lib/duel.mjs';
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
    ];
  });
