// `belt with` and several nodes: the docker of this machine, unmodified, on one API over real engines.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lines, onHost, until } from '../../support/probe.ts';
import { terminal } from '../terminal.ts';
import type { World } from '../world.ts';
import { done, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

onEngines('belt with, on several nodes', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:3]');
    w.env['XDG_RUNTIME_DIR'] = undefined;
    w.env['TMPDIR'] = w.home;
  });
  afterAll(() => w?.end());

  /** What a script here prints, whose docker is that of all nodes. */
  const script = async (...text: string[]) => done(await w.belt(['with', '@all', '--', 'sh', '-c', text.join('\n')]));
  const addresses = async () => {
    const { droplets } = await w.status();
    return Object.fromEntries(droplets.map(({ name, publicAddress }) => [name, publicAddress]));
  };

  it('the session of the book: a node each for a port, and the next is refused in Swarm v1’s words', async () => {
    const at = await addresses();
    const out = await script(
      'for n in 1 2 3 4; do docker run -d --name web$n -p 80:80 nginx >/dev/null 2>err; echo $?; done',
      'sed -n 1,2p err',
      `docker ps --format '{{.Names}} {{.Ports}}' | sort`,
      `docker info | grep -E '^ (Strategy|Filters|Nodes)|└ (Status|Containers)'`,
      `docker version --format '{{range .Server.Components}}{{.Name}} {{end}}'`,
      'docker stop -t 0 web1; docker run -d -p 80:80 nginx 2>&1 | grep port; docker rm -f web1 web2 web3',
    );
    expect(out).toBe(
      lines(
        ...['0', '0', '0', '125'],
        'docker: Error response from daemon: Unable to find a node that satisfies the following conditions ',
        '[port 80 (Bridge mode)]',
        ...[1, 2, 3].map((n) => `node${n}/web${n} ${at[`node${n}`]}:80->80/tcp`),
        ' Strategy: spread',
        ' Filters: health, port, containerslots, dependency, affinity, constraint, whitelist',
        ' Nodes: 3',
        ...[1, 2, 3].flatMap(() => ['   └ Status: Healthy', '   └ Containers: 1 (1 Running, 0 Paused, 0 Stopped)']),
        'node1 node2 node3 Engine ',
        'web1',
        '[port 80 (Bridge mode)]',
        ...['web1', 'web2', 'web3'],
      ),
    );
  });

  it('exec, logs, cp, inspect, wait, rename, rm reach the node that has the container', async () => {
    writeFileSync(join(w.cwd, 'file'), 'from here\n');
    const out = await script(
      `docker run -d --name one -e constraint:node==node2 --network none nginx sh -c 'echo said; sleep 1000' >/dev/null`,
      'docker exec node2/one hostname >/dev/null && docker exec one sh -c "exit 7"; echo $?',
      'docker cp file one:/file && docker exec one cat /file; docker cp node2/one:/file - | tar t',
      `docker logs one; docker inspect -f '{{.Node.Name}}' one; docker rename node2/one two; docker ps --format '{{.Names}}'`,
      'docker run -d --name two nginx 2>&1 | grep -o "Conflict: The name two is already assigned"',
      'docker wait two >code & sleep 0.3; docker kill two; wait; cat code; docker rm two; docker rm two 2>&1 || true',
    );
    expect(out).toBe(
      lines(
        ...['7', 'from here', 'file', 'said', 'node2', 'node2/two', 'Conflict: The name two is already assigned'],
        ...['two', '137', 'two', 'Error response from daemon: No such container: two'],
      ),
    );
  });

  it('a run in the foreground: its exit code, its input to the end, 5 MB as they were', async () => {
    const bytes = randomBytes(5_000_000);
    writeFileSync(join(w.cwd, 'bytes'), bytes);
    const run = 'docker run --rm -i --log-driver none --network none nginx';
    const out = await script(
      `${run} sh -c 'exit 3'; echo $?`,
      `echo abc | ${run} sh -c 'cat; sleep 1; echo done'`,
      `cat bytes | ${run} cat | { sleep 0.3; md5sum; }`,
    );
    expect(out).toBe(lines('3', 'abc', 'done', `${createHash('md5').update(bytes).digest('hex')}  -`));
  });

  it('exec -it has a terminal', async () => {
    await script('docker run -d --name keys --network none nginx sleep 1000');
    const at = terminal(w, 'belt with @all -- docker exec -it keys sh');
    await at.shows('/ #');
    // Once it has answered, the shell reads what is typed.
    at.type('echo $((6 * 7))\r');
    await at.shows('42');
    at.type('sleep 1000\r');
    await at.shows('sleep 1000\r\n');
    await at.breaksOff();
    at.type('exit 5\r');
    expect(await at.ended).toBe(5);
  });

  it('16 at once for one port: a node each, and no more', async () => {
    const out = await script(
      'for n in $(seq 16); do docker run -d -p 9999:80 nginx >o.$n 2>e.$n & done; wait',
      'cat o.* | wc -l; grep -l "port 9999 (Bridge mode)" e.* | wc -l; docker rm -f $(cat o.*) | wc -l',
    );
    expect(out.match(/\d+/g)).toEqual(['3', '13', '3']);
  });

  it('what is built is on one node, and runs there; load, tag and rmi are on all', async () => {
    w.write('app/Dockerfile', 'FROM nginx\nCOPY file /made\n');
    w.write('app/file', 'from here\n');
    const out = await script(
      'docker build -q -t made app >/dev/null 2>&1; for n in 1 2 3 4; do docker run --rm --network none made cat /made; done',
      'docker save made -o made.tar; docker load -qi made.tar | sort',
      `docker run --rm -e constraint:node==node3 --network none made cat /made; docker rmi made | grep Untagged`,
      'docker images -q made',
    );
    expect(out).toBe(
      lines(
        ...Array(4).fill('from here'),
        'Loaded image: made:latest',
        ...[1, 2, 3].map((n) => `node${n}: Loading... : done`),
        ...['from here', 'Untagged: made:latest'],
      ),
    );
  });

  it('a frozen engine: its containers are down, what is asked of them names it, and it comes back', async () => {
    await script('docker run -d --name cold -e constraint:node==node3 --network none nginx sleep 1000');
    const state = 'docker ps -a --filter node=node3 --format "{{.Names}} {{.Status}}"';
    const freezing = w.start([
      ...['with', '@all', '--', 'sh', '-c'],
      `docker ps -a >/dev/null; : > ready; while ! [ -e frozen ]; do sleep 0.05; done; ${state}; docker exec cold true; docker rm -f cold
       : > asked; while ! ${state} | grep -q Up; do sleep 0.1; done; docker rm -f cold`,
    ]);
    const isThere = (name: string) => until(`${name} is there`, () => existsSync(join(w.cwd, name)));
    await isThere('ready');
    await onHost(w, 'node3', 'pkill -STOP dockerd');
    try {
      w.write('frozen', '');
      await isThere('asked');
    } finally {
      await onHost(w, 'node3', 'pkill -CONT dockerd');
    }
    const { code, stdout, stderr } = await freezing.outcome;
    const why = 'its Docker engine is silent (N s)';
    const refused = `Error response from daemon: Container cold running on unhealthy node node3: ${why}`;
    expect([code, stdout]).toEqual([0, lines('node3/cold Host Down', 'cold')]);
    // Of the others there is nothing to tell, unless the machine is so busy that they are late as well.
    const told = stderr.match(/^.*\bnode3\b.*\n/gm)?.join('');
    expect(told?.replace(/\(\d+ s\)/g, '(N s)')).toBe(
      lines(
        `warning: node3 does not answer, and is left out until it does: ${why}`,
        ...[refused, refused, 'node3 answers again'],
      ),
    );
  });
});
