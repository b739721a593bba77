// `belt docker` in scripts and at terminals, as if docker ran here: what it leaves unread, whose files it means, signals.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, processes, told, until } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { type World, world } from './world.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3]');
  if (made.code !== 0) throw new Error(made.stderr);
  await w.belt('active node1');
  w.write('names', lines('node1', 'node2', 'node3'));
});
afterAll(() => w.end());

const runs = async (node: string, what: string) => (await processes(w, node)).some((line) => line.includes(what));
const name = "docker info --format '{{.Name}}'";

describe.concurrent('what docker does not read is left for the script', () => {
  it.each([
    ['from a file', `while read n; do belt --host $n ${name}; done < names`],
    ['from a pipe', `cat names | while read n; do belt --host $n ${name}; done`],
    ['on many at once', `while read n; do belt --host $n,$n --json ${name} > /dev/null; echo $n; done < names`],
  ])('a loop over lines %s runs once for each', async (_from, line) => {
    expect(await w.shell(line)).toEqual({ code: 0, stdout: lines('node1', 'node2', 'node3'), stderr: '' });
  });

  it('what is typed at a terminal is for the next command', async () => {
    const at = terminal(w, `belt ${name}; read line; echo "read: $line"`);
    at.type('hello\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toContain('node1\r\n');
    expect(at.screen()).toContain('read: hello\r\n');
  });
});

describe.concurrent('a file of this machine is not looked for on the node', () => {
  const unless = "(if you mean the node's: belt --node-files docker …)";

  it.each([
    ['cp web:/x out.txt', 'cp would write out.txt', 'belt docker cp web:/x - | tar -x'],
    ['save -o nginx.tar nginx', 'save would write nginx.tar', 'belt docker save nginx > nginx.tar'],
    ['load -i nginx.tar', 'load would read nginx.tar', 'belt docker load < nginx.tar'],
    ['build -t x .', 'build would read .', 'tar -C . -c . | belt docker build -'],
    ['stack deploy -c s.yml app', 'stack deploy would read s.yml', 'belt docker stack deploy -c - app < s.yml'],
    ['secret create db db.txt', 'secret create would read db.txt', 'belt docker secret create db - < db.txt'],
    ['run --env-file web.env nginx', 'run would read web.env', '--env-file /dev/stdin < web.env'],
  ])('docker %s', async (words, deed, way) => {
    expect(await w.belt(`docker ${words}`)).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        `error: docker ${deed} on the node, not here`,
        `hint: belt with node1 -- docker ${words} · without a docker here: ${way} ${unless}`,
      ),
    });
    expect(told(await w.belt(`--host node2 docker ${words}`)).hint).toMatch(/^belt with node2 -- /);
    const several = await w.belt(`--host node[1:3] docker ${words}`);
    expect([several.code, told(several).hint]).toEqual([2, expect.stringMatching(/^belt with NODE -- /)]);
  });

  it('without a way by the docker there; and what may hold a secret is not shown again', async () => {
    expect(told(await w.belt('docker build --iidfile id -')).hint).toBe(
      `belt with node1 -- docker build --iidfile id - · without a docker here: belt docker build -q … > id ${unless}`,
    );
    expect(told(await w.belt('docker run -e PASSWORD=secret --security-opt seccomp=p.json nginx')).hint).toBe(
      `belt with node1 -- docker run … ${unless}`,
    );
  });

  it('another engine, or what the docker there has for itself: no docker here would do', async () => {
    expect(told(await w.belt('docker -H tcp://192.0.2.1:2375 load -i x')).hint).toBe(`belt docker load < x ${unless}`);
    expect(told(await w.belt('docker context import c c.tar')).hint).toBe(
      `belt docker context import c - < c.tar ${unless}`,
    );
  });

  it('a mount of the folder here', async () => {
    const { code, error, hint } = told(await w.belt(['docker', 'run', '-v', `${w.cwd}:/x`, 'nginx']));
    expect({ code, error, hint }).toEqual({
      code: 2,
      error: `docker run would mount ${w.cwd} of the node, not here`,
      // With a docker here it would be the node's as well.
      hint: `mount a path on the node, or copy into a volume: tar -c … | belt docker cp - CONTAINER:/PATH ${unless}`,
    });
  });

  it("--node-files says that the node's is meant", async () => {
    const { code, stderr } = await w.belt('--node-files docker load -i nginx.tar');
    expect(code).not.toBe(2);
    expect(stderr).not.toContain('not here');
  });

  it('a stack that is piped in with variables', async () => {
    w.write('app.yml', 'services:\n  web:\n    image: "app:${TAG}"\n    # not ${THIS}\n');
    expect(told(await w.shell('belt docker stack deploy -c - app < app.yml', { env: { TAG: '1' } }))).toEqual({
      code: 2,
      error: "the stack uses $TAG, which would be taken from the node's environment, not from here",
      hint: `belt with node1 -- docker stack deploy -c - app < stack.yml · without a docker here: envsubst '$TAG' < stack.yml | belt docker stack deploy -c - app ${unless}`,
    });
    // Docker, such as it is here, gets to see it.
    w.write('plain.yml', 'services: {web: {image: "app:${TAG:-1}"}}\n');
    expect((await w.shell('belt docker stack deploy -c - app < plain.yml')).code).not.toBe(2);
  });

  it('a stack that is piped in with files', async () => {
    w.write('files.yml', 'secrets: {db: {file: ./db.txt}}\n');
    expect(told(await w.shell('belt docker stack deploy -c - app < files.yml'))).toEqual({
      code: 2,
      error: 'the stack names ./db.txt, which would be read on the node, not here',
      hint: `belt with node1 -- docker stack deploy -c - app < stack.yml · without a docker here: make a config or secret of it first: belt docker config create NAME - < ./db.txt ${unless}`,
    });
  });
});

describe.concurrent('where it would go', () => {
  it.each([
    ['ssh://node2', 'node2'],
    ['ssh://root@node3', 'node3'],
    ['tcp://node2:2376', 'node2'],
    ['node3:2376', 'node3'],
    ['127.1.0.2:2376', 'node2'],
    ['unix:///var/run/docker.sock', 'node1'],
    ['', 'node1'],
  ])('DOCKER_HOST=%s is %s', async (value, node) => {
    expect((await w.shell(`belt ${name}`, { env: { DOCKER_HOST: value } })).stdout).toBe(`${node}\n`);
  });

  it.each(['tcp://192.0.2.9:2376', 'ssh://elsewhere', 'ssh://root@node9', 'tcp://[2001:db8::1]:2376', '%%'])(
    'DOCKER_HOST=%s is no node: an error',
    async (value) => {
      expect(told(await w.belt('docker version', { env: { DOCKER_HOST: value } }))).toEqual({
        code: 2,
        error: `DOCKER_HOST is ${value}, but no node of cluster default has this address`,
        hint: 'unset DOCKER_HOST for the active node, or name one: belt --host node1 docker …',
      });
    },
  );

  it('words that no host takes are refused', async () => {
    const words = Array.from({ length: 3 }, () => 'x'.repeat(100_000));
    expect(told(await w.belt(['docker', 'exec', 'web', 'echo', ...words])).error).toBe(
      'the arguments of docker are 294 KiB long; the limit of a host is 128 KiB',
    );
  });
});

describe('a signal', () => {
  const started = async (words: string, mark: string) => {
    const run = w.start(words);
    await until('docker runs', () => runs('node1', mark));
    return run;
  };

  it('a second SIGINT does not leave docker behind', async () => {
    const { child, outcome } = await started('docker events --filter label=twice', 'label=twice');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await outcome).toEqual({ code: 130, stdout: '', stderr: '' });
    expect(await runs('node1', 'label=twice')).toBe(false);
  });

  it.each([
    ['SIGQUIT', 131],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const)('%s reaches docker', async (signal, code) => {
    const { child, outcome } = await started(`docker events --filter label=${signal}`, signal);
    child.kill(signal);
    expect(await outcome).toEqual({ code, stdout: '', stderr: '' });
    expect(await runs('node1', signal)).toBe(false);
  });
});

describe('at a terminal', () => {
  it('stderr is apart', async () => {
    const at = terminal(w, 'belt docker version --format here 2> err; belt docker ps --bogus 2> err; echo $?');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toBe('here\r\n125\r\n');
    expect(readFileSync(join(w.cwd, 'err'), 'utf8')).toMatch(/^docker ps --bogus: not supported /);
  });

  it('a job in the background goes on', async () => {
    const line =
      'set -m; belt docker events --filter label=job & p=$!; read go; ps -o stat= -p $p; kill $p; wait $p; echo "ended $?"';
    const at = terminal(w, line);
    await until('docker runs', () => runs('node1', 'label=job'));
    at.type('\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toMatch(/\r\n[SR]\w*\r\n/);
    expect(at.screen()).toContain('ended 143\r\n');
  });
});
