// `belt sh`: into tasks by their service's name, on whichever node they run.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { droplet, inCluster, lines, processes, stateFile, until } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
  await w.belt('swarm join node1 node[2:3]');
  await w.belt('active node1');
  await w.belt('docker service create --name web --replicas 3 nginx');
  await w.belt('docker service create --name agent --mode global nginx');
  await w.belt('docker service create --name tiny --replicas 1 gcr.io/distroless/static');
  await w.belt('docker service create -d --name none --replicas 0 nginx');
  await until('the tasks run', async () => {
    const { stdout } = await w.belt('docker service ls --format {{.Replicas}}');
    return ['3/3', '1/1', '0/0'].every((count) => stdout.includes(count)) && stdout.match(/3\/3/g)?.length === 2;
  });
});
afterAll(() => w.end());

const said = (stdout: string, stderr = '') => ({ code: 0, stdout, stderr });
const failed = (code: number, stderr: string) => ({ code, stdout: '', stderr });
/** The node and the container of each task, as docker there says. */
async function containers(service: string): Promise<Map<string, { node: string; id: string }>> {
  const found = new Map<string, { node: string; id: string }>();
  for (const node of ['node1', 'node2', 'node3']) {
    const { stdout } = await w.belt(['--host', node, 'docker', 'ps', '--format', '{{.Names}} {{.ID}}']);
    for (const line of stdout.trim().split('\n')) {
      const [name = '', id = ''] = line.split(' ');
      const [own, slot = ''] = name.split('.');
      if (own === service) found.set(service === 'agent' ? node : slot, { node, id });
    }
  }
  return found;
}

describe('one task', () => {
  test('is found on its node, by its slot', async () => {
    for (const [slot, { id }] of await containers('web')) {
      expect(await w.belt(`sh web.${slot} -- hostname`)).toEqual(said(`${id}\n`));
    }
  });

  test('of a global service by its node', async () => {
    for (const [node, { id }] of await containers('agent')) {
      expect(await w.belt(`sh agent.${node} -- hostname`)).toEqual(said(`${id}\n`));
    }
  });

  test('without a slot is the lowest that runs, and is named', async () => {
    const { id } = (await containers('web')).get('1')!;
    const note = "in web.1, the first of 3 (another: web.2, all of them: 'web.*')\n";
    expect(await w.belt('sh web -- hostname')).toEqual(said(`${id}\n`, note));
    expect(await w.belt('sh -q web -- hostname')).toEqual(said(`${id}\n`));
  });

  test('of a stack by the name that is in its file, where one stack alone has it', async () => {
    const deploy = (stack: string, ...services: string[]) => {
      w.write(`${stack}.yaml`, `services: {${services.map((name) => `${name}: {image: nginx}`).join(', ')}}\n`);
      return w.belt(`deploy ${stack} -c ${stack}.yaml`);
    };
    // Neither shop_old_api nor my_api is called api in a file.
    expect((await deploy('shop', 'api', 'old_api')).code).toBe(0);
    await w.belt('docker service create --name my_api --replicas 1 nginx');
    const { id } = (await containers('shop_api')).get('1')!;
    expect(await w.belt('sh api.1 -- hostname')).toEqual(said(`${id}\n`));
    await deploy('blog', 'api');
    expect(await w.belt('sh api.1 -- hostname')).toEqual(
      failed(
        2,
        lines('error: several stacks have a service api: blog_api, shop_api', 'hint: name one, such as blog_api'),
      ),
    );
    await w.belt('docker service rm blog_api shop_api shop_old_api my_api');
  });

  test('is connected to while a manager says where it runs, once that is known from before', async () => {
    const at = [...(await containers('web'))].find(([, { node }]) => node !== 'node1')!;
    const [slot, { node }] = at;
    await w.belt(`sh web.${slot} -- true`);
    expect(JSON.stringify(JSON.parse(readFileSync(stateFile(w, 'tasks-seen.json'), 'utf8')))).toContain(
      JSON.stringify([`default web.${slot}`, (await droplet(w, node)).id]),
    );
    const { code, stderr } = await w.belt(`--trace sh web.${slot} -- true`);
    // Each once, whichever was first.
    expect([code, stderr.match(/\S+ ssh .* connected/g)?.length]).toEqual([0, 2]);
    // What is remembered may be wrong, or no longer be there.
    for (const id of [(await droplet(w, 'node1')).id, 7]) {
      const kept = [[`default web.${slot}`, id]];
      writeFileSync(stateFile(w, 'tasks-seen.json'), JSON.stringify(kept));
      expect((await w.belt(`sh web.${slot} -- true`)).code).toBe(0);
    }
  });

  test('as a container of a node', async () => {
    const { node, id } = (await containers('web')).get('2')!;
    expect(await w.belt(`sh ${node}/${id} -- hostname`)).toEqual(said(`${id}\n`));
    expect(await w.belt(`sh ${node}/nothing -- hostname`)).toEqual(
      failed(1, 'Error response from daemon: No such container: nothing\n'),
    );
  });

  test('the exit code is the command’s, and its words arrive as they are', async () => {
    expect(await w.belt('sh web.1 -- false')).toEqual(failed(1, ''));
    const words = ['a  b', "it's", '$HOME', '', '--json', '-t'];
    expect(await w.belt(['sh', 'web.1', '--', 'echo', ...words])).toEqual(said(`${words.join(' ')}\n`));
  });

  test('reads what is piped in with -i alone; a shell always does', async () => {
    expect(await w.belt('sh web.1 -- cat', { input: 'for another' })).toEqual(said(''));
    expect(await w.belt('sh web.1 -i -- cat', { input: 'for it\n' })).toEqual(said('for it\n'));
    expect(await w.belt('sh web.1', { input: 'echo 1\n' })).toEqual(said('echo 1\n'));
  });

  test('Ctrl-C ends it', async () => {
    const started = w.start('sh web.1 -- sleep 1000');
    const { node } = (await containers('web')).get('1')!;
    await until('it runs', async () => (await processes(w, node)).some((line) => line.includes('sleep 1000')));
    started.interrupt();
    expect(await started.outcome).toEqual(failed(130, ''));
    expect((await processes(w, node)).join('\n')).not.toContain('sleep 1000');
  });

  test('takes no longer than it may', async () => {
    expect(await w.belt('sh web.1 --timeout 1 -- sleep 1000')).toEqual(
      failed(124, 'web.1: ended after 1 s, its --timeout\n'),
    );
  });
});

describe('all tasks', () => {
  test('side by side, each line behind its task’s name', async () => {
    const { code, stdout, stderr } = await w.belt(['sh', 'web.*', '--', 'hostname']);
    const lines = [...(await containers('web'))].map(([slot, { id }]) => `web.${slot} | ${id}`);
    expect(stdout.trim().split('\n').toSorted()).toEqual(lines.toSorted());
    expect([code, stderr]).toEqual([0, '3 ok\n']);
  });

  test('as JSON, an object a task with its node', async () => {
    const { stdout } = await w.belt(['sh', '--json', 'web.*', '--', 'hostname']);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const wanted = [...(await containers('web'))].map(([slot, { node, id }]) => ({
      task: `web.${slot}`,
      node,
      exitCode: 0,
      stdout: `${id}\n`,
      stderr: '',
    }));
    expect(records).toEqual(expect.arrayContaining(wanted));
    expect(records).toHaveLength(3);
  });

  test('what is piped in goes to each', async () => {
    const { stdout } = await w.belt(['sh', 'web.*', '-i', '--', 'cat'], { input: 'hello\n' });
    expect(stdout.trim().split('\n').toSorted()).toEqual(['web.1 | hello', 'web.2 | hello', 'web.3 | hello']);
  });
});

describe('what cannot be', () => {
  test.each([
    ['sh wbe -- true', 'error: the swarm has no service wbe\nhint: did you mean web? · see: belt docker service ls\n'],
    ['sh web.9 -- true', 'error: no task of web runs as web.9\nhint: what runs: web.1, web.2, web.3\n'],
    ['sh --json web', /^\{"error":\{"kind":"UsageError","message":"--json needs a command behind --"/],
    ['sh web.*', "error: several tasks at once need a command behind --\nhint: such as: belt sh 'web.*' -- hostname\n"],
    ['sh nothere/x -- true', /^error: there is no node "nothere"/],
    ['sh a/b/ -- true', /^error: invalid task "a\/b\/"\nhint: write SERVICE, /],
    ['sh -- true', /^error: /],
  ] as const)('%s', async (words, text) => {
    const { code, stdout, stderr } = await w.belt(words);
    expect([code, stdout]).toEqual([2, '']);
    if (typeof text === 'string') expect(stderr).toBe(text);
    else expect(stderr).toMatch(text);
  });

  test('a service of which nothing runs', async () => {
    expect(await w.belt('sh none -- true')).toEqual(
      failed(1, 'error: none has no running task\nhint: see why: belt docker service ps --no-trunc none\n'),
    );
  });

  test('a shell where the image has none', async () => {
    expect(await w.belt('sh tiny')).toEqual(
      failed(
        1,
        'error: tiny.1 has no shell: its image holds little more than its program\nhint: look into it from another image, which its node has: belt sh tiny.1 --beside\n',
      ),
    );
  });

  test('a debug image that the node does not have is not pulled', async () => {
    const { node } = (await containers('tiny')).get('1')!;
    expect(await w.belt('sh tiny --image some/tools:1')).toEqual(
      failed(
        1,
        `the files of tiny.1 are under /proc/1/root\nerror: ${node} does not have the image some/tools:1\nhint: pull it first: belt --host ${node} docker pull some/tools:1\n`,
      ),
    );
  });
});

const errorIn = (stderr: string) => (JSON.parse(stderr) as { error: object }).error;

test('with --json, what failed is one line on stderr as well, with the exit code', async () => {
  const all = await w.belt(['sh', '--json', 'web.*', '--', 'false']);
  expect(all.code).toBe(1);
  expect(all.stdout.trim().split('\n')).toHaveLength(3);
  expect(errorIn(all.stderr)).toMatchObject({
    kind: 'NodesFailed',
    message: '3 of 3 tasks failed',
    nodes: expect.arrayContaining([{ name: 'web.1', message: 'exit code 1' }]),
    exitCode: 1,
  });
  expect(await w.belt(['sh', '--json', 'web.1', '--', 'false'])).toMatchObject({ code: 1, stderr: '' });
});

describe('a task on a node that is outside the cluster', () => {
  const outside = 'error: it runs on node2, which is not a node of the cluster default\n';
  let all: Awaited<ReturnType<typeof containers>>;
  beforeAll(async () => {
    all = await containers('web');
    await inCluster(w, 'node2', false);
  });
  afterAll(() => inCluster(w, 'node2', true));

  test('fails alone', async () => {
    const [lost] = [...all].find(([, { node }]) => node === 'node2')!;
    const { code, stdout, stderr } = await w.belt(['sh', 'web.*', '--', 'hostname']);
    const others = [...all].filter(([slot]) => slot !== lost);
    expect(stdout.trim().split('\n').toSorted()).toEqual(
      others.map(([slot, { id }]) => `web.${slot} | ${id}`).toSorted(),
    );
    expect([code, stderr]).toEqual([
      3,
      lines(
        `web.${lost} | ${outside.trim()}`,
        `web.${lost} | hint: see: belt ls · belt docker node ls`,
        `2 ok, 1 failed: web.${lost}`,
      ),
    ]);
    const json = await w.belt(['sh', '--json', 'web.*', '--', 'hostname']);
    const records = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { task: string });
    expect(records.find(({ task }) => task === `web.${lost}`)).toMatchObject({ node: 'node2', exitCode: 255 });
  });

  test('is an error where it is the one that was meant', async () => {
    expect(await w.belt('sh agent.node2 -- hostname')).toEqual(
      failed(1, `error: agent.node2: ${outside.replace('error: ', '')}hint: see: belt ls · belt docker node ls\n`),
    );
    expect((await w.belt('sh agent -- hostname')).code).toBe(0);
  });
});

test('a node that is not the one that it was fails alone', async () => {
  const all = await containers('agent');
  const pins = stateFile(w, 'known_hosts');
  const { id } = await droplet(w, 'node3');
  writeFileSync(pins, readFileSync(pins, 'utf8').replaceAll(String(id), '1'));
  const { code, stdout, stderr } = await w.belt(['sh', 'agent.*', '--', 'hostname']);
  const lines = ['node1', 'node2'].map((node) => `agent.${node} | ${all.get(node)!.id}`);
  expect(stdout.trim().split('\n').toSorted()).toEqual(lines);
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/^agent\.node3 \| error: node3 .*\n(.*\n)?2 ok, 1 failed: agent\.node3\n$/),
  ]);
  const one = await w.belt(['sh', '--json', 'agent.node3', '--', 'true']);
  expect([one.code, errorIn(one.stderr)]).toEqual([
    255,
    expect.objectContaining({ message: '1 of 1 task failed', exitCode: 255 }),
  ]);
});

test('tasks that are to run and do not are told, with exit code 3', async () => {
  const nodes = ['node1', 'node2', 'node3'];
  const all = (availability: string) =>
    Promise.all(nodes.map((node) => w.belt(`docker node update --availability ${availability} ${node}`)));
  await w.belt('docker service create -d --name part --replicas 1 nginx');
  await until('one runs', async () => (await containers('part')).size === 1);
  await all('pause');
  await w.belt('docker service scale -d part=3');
  const { id } = (await containers('part')).get('1')!;
  const { code, stdout, stderr } = await w.belt(['sh', 'part.*', '--', 'hostname']);
  expect(await w.belt('sh part.2 -- hostname')).toEqual(
    failed(1, 'error: part.2 does not run: pending\nhint: see why: belt docker service ps --no-trunc part\n'),
  );
  await all('active');
  await w.belt('docker service rm part');
  expect({ code, stdout, stderr }).toEqual({
    code: 3,
    stdout: `part.1 | ${id}\n`,
    stderr: 'warning: part.2, part.3 do not run (2 pending)\n',
  });
});
