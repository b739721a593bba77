import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { masked, startWorld, until, type World } from './with-hosts.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.add('node1');
  await docker('swarm init');
});
afterAll(() => world.close());

async function docker(words: string) {
  const { stdout, stderr, code } = await world.run('node1', `docker ${words}`);
  return { stdout: masked(stdout), stderr: masked(stderr), code };
}
const json = async (words: string) => JSON.parse((await docker(words)).stdout) as Record<string, unknown>;

describe('a template', () => {
  const because = (why: string) => `template parsing error: template: :1:${why}\n`;

  test.each([
    [
      'node ls',
      '{{.Bogus}}',
      because(`2: executing "" at <.Bogus>: can't evaluate field Bogus in type *node.nodeContext`),
    ],
    ['node ls', '{{bogus}}', because(' function "bogus" not defined')],
    ['node ls', '{{', because(' unclosed action')],
    [
      'node inspect self',
      '{{.Spec.Bogus}}',
      because(`7: executing "" at <.Spec.Bogus>: can't evaluate field Bogus in type swarm.NodeSpec`),
    ],
    [
      'ps',
      '{{.Bogus}}',
      `failed to execute template: template: :1:2: executing "" at <.Bogus>: can't evaluate field Bogus in type *formatter.ContainerContext\n`,
    ],
    [
      'info',
      '{{json .Swarm.Bogus}}',
      `template: :1:13: executing "" at <.Swarm.Bogus>: can't evaluate field Bogus in type swarm.Info\n`,
    ],
  ])('docker %s --format %s', async (words, format, stderr) => {
    expect((await docker(`${words} --format '${format}'`)).stderr).toBe(stderr);
  });

  test('sees what JSON leaves out, and nothing where a map has nothing', async () => {
    const print = async (format: string) => (await docker(`node inspect self --format '${format}'`)).stdout;
    expect(await print('{{.Status.Message}}|{{.Spec.Labels.none}}|{{.ManagerStatus.Leader}}')).toBe(
      '|<no value>|true\n',
    );
  });
});

describe("a service's options", () => {
  test('are in its spec, and the defaults with them', async () => {
    const options =
      '--limit-cpu .5 --limit-memory 64M --restart-delay 3s --update-delay 1m30s --update-order start-first --stop-grace-period 2s';
    await docker(`service create -d --name web --replicas 0 ${options} nginx`);
    const spec = await json("service inspect -f '{{json .Spec}}' web");
    expect(spec).toMatchObject({
      TaskTemplate: {
        ContainerSpec: { StopGracePeriod: 2e9, Isolation: 'default' },
        Resources: { Limits: { NanoCPUs: 5e8, MemoryBytes: 64 * 1024 ** 2 } },
        RestartPolicy: { Condition: 'any', Delay: 3e9, MaxAttempts: 0 },
        Runtime: 'container',
      },
      UpdateConfig: { Parallelism: 1, Delay: 90e9, FailureAction: 'pause', Order: 'start-first' },
      RollbackConfig: { Parallelism: 1, Order: 'stop-first' },
    });
    expect((await docker('service inspect --pretty web')).stdout).toContain(
      'UpdateConfig:\n Parallelism:\t1\n Delay:\t\t1m30s\n On failure:\tpause\n Monitoring Period: 5s\n',
    );
  });

  test('change one by one', async () => {
    await docker('service update -d --update-parallelism 3 --limit-memory 32M web');
    expect(await json("service inspect -f '{{json .Spec}}' web")).toMatchObject({
      TaskTemplate: { Resources: { Limits: { NanoCPUs: 5e8, MemoryBytes: 32 * 1024 ** 2 } } },
      UpdateConfig: { Parallelism: 3, Delay: 90e9, Order: 'start-first' },
    });
  });

  test('--no-resolve-image asks no registry', async () => {
    const image = async (name: string) =>
      (await docker(`service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.Image}}' ${name}`)).stdout;
    await docker('service create -d --name plain --replicas 0 --no-resolve-image nginx');
    expect(await image('plain')).toBe('nginx:latest\n');
    expect(await image('web')).toMatch(/^nginx:latest@sha256:/);
  });

  test.each([
    ['--endpoint-mode far', 'Error response from daemon: invalid resolution mode: "far"\n'],
    ['--restart-condition never', 'Error response from daemon: invalid RestartCondition: "never"\n'],
    ['--update-order any', 'Error response from daemon: unrecognized update order any\n'],
    ['--network nowhere', 'Error response from daemon: network nowhere not found\n'],
    ['--health-cmd true', "docker: 'service create --health-cmd' is not simulated by this sandbox\n"],
  ])('service create %s is refused', async (option, stderr) => {
    expect(await docker(`service create -d ${option} nginx`)).toMatchObject({ stdout: '', stderr });
  });
});

test('a container tells its ports for IPv4 and IPv6, and what its image runs', async () => {
  await docker('service create -d --name door -p mode=host,target=80,published=8080 nginx');
  const ps = () => docker("ps --filter name=door --format '{{.Command}} {{.Ports}}'");
  await until(async () => (await ps()).stdout !== '');
  expect((await ps()).stdout).toBe('"/docker-entrypoint.…" 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp\n');
  expect((await docker("service ps door --format '{{.Ports}}'")).stdout).toBe('*:8080->80/tcp,*:8080->80/tcp\n');
});
