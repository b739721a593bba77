// The session of the book, word for word.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { apart, cameUp } from '../support/coming-up.ts';
import { lines, masked } from '../support/probe.ts';

describe("the book's session", () => {
  let w: World;
  beforeAll(async () => {
    w = world();
    await w.sandbox();
  });
  afterAll(() => w.end());

  /** Runs the words and gives what they printed; they end well and say nothing else. */
  const type = async (words: string) => {
    const { code, stdout, stderr } = await w.belt(words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return masked(stdout);
  };

  it('belt create 512mb node[1:4]', async () => {
    expect(apart(await w.belt('create 512mb node[1:4]'))).toEqual({
      code: 0,
      stdout: lines(
        'ID              Name    Public IPv4     Memory  VCPUs   Disk',
        '18511681        node1   127.1.0.1       512     1       10',
        '18511682        node2   127.1.0.2       512     1       10',
        '18511683        node3   127.1.0.3       512     1       10',
        '18511684        node4   127.1.0.4       512     1       10',
      ),
      stderr: '',
      nodes: cameUp('node1', 'node2', 'node3', 'node4'),
    });
  });

  it('belt ls', async () => {
    expect(await type('ls')).toBe(
      lines(
        'ID              Name    Public IPv4     Status  Tags',
        '18511681        node1   127.1.0.1       active',
        '18511682        node2   127.1.0.2       active',
        '18511683        node3   127.1.0.3       active',
        '18511684        node4   127.1.0.4       active',
      ),
    );
  });

  it('belt active node1', async () => {
    expect(await type('active node1')).toBe('node1\n');
    expect(await type('active')).toBe('node1\n');
  });

  it('belt docker version', async () => {
    const told = await type('docker version');
    const fields = told.split('\n').map((line) => line.replace(/:.*/, ''));
    expect(fields.slice(0, 18)).toEqual([
      'Client',
      ...[' Version', ' API version', ' Go version', ' Git commit', ' Built', ' OS/Arch', ' Context'],
      '',
      'Server',
      ' Engine',
      ...['  Version', '  API version', '  Go version', '  Git commit', '  Built', '  OS/Arch', '  Experimental'],
    ]);
  });

  it('belt docker swarm init', async () => {
    expect(await type('docker swarm init')).toBe(
      lines(
        'Swarm initialized: current node (ID) is now a manager.',
        '',
        'To add a worker to this swarm, run the following command:',
        '',
        '    docker swarm join --token TOKEN 10.104.0.2:2377',
        '',
        "To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.",
      ),
    );
  });

  it('belt swarm join node1 node[2:3]', async () => {
    const { code, stdout, stderr } = await w.belt('swarm join node1 node[2:3]');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: lines(
        "firewall belt-default: created; it closes 2375-2377, 7946/tcp and 4789, 7946/udp to all but the cluster's nodes, and nothing else",
      ),
    });
    // Each as it joins: in any order.
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'node2: This node joined a Swarm as a worker.',
      'node3: This node joined a Swarm as a worker.',
    ]);
  });

  it('belt --host node4 docker swarm join ADDRESS --token …', async () => {
    const { stdout } = await w.belt('docker swarm join-token -q worker');
    const told = await type(`--host node4 docker swarm join 10.104.0.2:2377 --token ${stdout.trim()}`);
    expect(told).toBe('This node joined a swarm as a worker.\n');
  });

  it('belt docker node ls', async () => {
    expect(await type('docker node ls --format {{.Hostname}},{{.Status}},{{.Availability}},{{.ManagerStatus}}')).toBe(
      lines('node1,Ready,Active,Leader', 'node2,Ready,Active,', 'node3,Ready,Active,', 'node4,Ready,Active,'),
    );
    const [header, ...rows] = (await type('docker node ls')).split('\n');
    expect(header).toBe(
      'ID                            HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE VERSION',
    );
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 4).join('|'))).toEqual([
      'ID *|node1|Ready|Active',
      'ID|node2|Ready|Active',
      'ID|node3|Ready|Active',
      'ID|node4|Ready|Active',
      '',
    ]);
  });

  it('belt docker service create --name nginx --replicas 2 -p 80:80 nginx', async () => {
    const told = (await type('docker service create --name nginx --replicas 2 -p 80:80 nginx')).split('\n');
    expect(told[0]).toBe('ID');
    expect(told.slice(-2)).toEqual(['verify: Service ID converged', '']);
  });

  it('belt docker service ls', async () => {
    expect(await type('docker service ls')).toBe(
      lines(
        'ID             NAME      MODE         REPLICAS   IMAGE          PORTS',
        'ID__________   nginx     replicated   2/2        nginx:latest   *:80->80/tcp',
      ),
    );
  });

  it('belt docker service scale nginx=4', async () => {
    const told = (await type('docker service scale nginx=4')).split('\n');
    expect(told[0]).toBe('nginx scaled to 4');
    expect(told.slice(-2)).toEqual(['verify: Service nginx converged', '']);
    expect(await type('docker service ls --format {{.Replicas}}')).toBe('4/4\n');
    const homes = await type('docker service ps nginx --format {{.Node}}');
    expect(homes.split('\n').sort()).toEqual(['', 'node1', 'node2', 'node3', 'node4']);
  });

  it('belt ip node2', async () => {
    expect(await type('ip node2')).toBe('127.1.0.2\n');
    expect(await type('ip node[3,2] --private')).toBe(lines('10.104.0.4', '10.104.0.3'));
  });

  it('belt rm node[1:4]', async () => {
    const { code, stdout, stderr } = await w.belt('rm -y node[1:4]');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: lines('node1: removed', 'node2: removed', 'node3: removed', 'node4: removed'),
    });
    expect(stderr).toBe(
      lines(
        'cluster default, sandbox',
        '4 droplets and all data on them will be deleted:',
        '  node1  18511681  127.1.0.1  sgp1  s-1vcpu-512mb-10gb  active  leader, ready',
        '  node2  18511682  127.1.0.2  sgp1  s-1vcpu-512mb-10gb  active  worker, ready',
        '  node3  18511683  127.1.0.3  sgp1  s-1vcpu-512mb-10gb  active  worker, ready',
        '  node4  18511684  127.1.0.4  sgp1  s-1vcpu-512mb-10gb  active  worker, ready',
        'this removes the whole swarm',
      ),
    );
    expect((await w.status()).droplets).toEqual([]);
    expect(await w.belt('ls')).toEqual({
      code: 0,
      stdout: 'ID              Name    Public IPv4     Status  Tags\n',
      stderr: 'no droplets in cluster default; create some: belt create SIZE node[1:3]\n',
    });
    const gone = await w.belt('docker version');
    expect(gone).toEqual({
      code: 1,
      stdout: '',
      stderr: lines('error: no node is active', 'hint: choose one: belt active NODE (see: belt ls)'),
    });
  });
});
