// Other clients than docker's own on one API over several engines: compose, as docker-compose (1.29 in Debian 12) and as docker's
// plugin, and Python's docker.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

const split = (words: string) => words.split(' ') as [string, ...string[]];
const works = (program: string, ...words: string[]) => spawnSync(program, words).status === 0;
const composes = ['docker-compose', 'docker compose'].filter((words) => works(...split(words), 'version'));
const hasPython = works('python3', '-c', 'import docker');

const COMPOSE = `version: '3.8'
services:
  db:
    image: nginx
    command: sleep 1000
    environment: [ROUND]
    ports: ['8080:80']
    volumes: ['data:/data']
  web:
    image: nginx
    command: sleep 1000
volumes:
  data:
`;

/** Docker's own Python client: each line that fails names itself. */
const EVERYDAY = `import docker, io, tarfile, time
client = docker.from_env()
api, count = client.api, 0
def check(what, is_right):
    global count
    count += 1
    if not is_right: print('wrong:', what)
begin = int(time.time()) - 1
check('version', len(client.version()['Components']) >= 3)
check('info', client.info()['Swarm']['LocalNodeState'] == 'active')
check('df', 'Images' in client.df())
box = client.containers.create('nginx', ['sh', '-c', 'echo said; sleep 1000'], name='node2/box', network_mode='none', labels={'mine': '1'})
check('created', box.status == 'created' and box.attrs['Node']['Name'] == 'node2')
box.start(); box.reload()
check('running', box.status == 'running')
check('by label', [one.id for one in client.containers.list(filters={'label': 'mine=1'})] == [box.id])
check('by full name', client.containers.get('node2/box').id == box.id)
check('by short id', client.containers.get(box.short_id).id == box.id)
box.pause(); box.reload()
check('paused', box.status == 'paused')
box.unpause(); box.reload()
check('unpaused', box.status == 'running')
check('exec', box.exec_run(['echo', 'hi']).output == b'hi\\n')
check('exec streams', b''.join(box.exec_run(['echo', 'hi'], stream=True).output) == b'hi\\n')
check('exec fails', box.exec_run(['sh', '-c', 'exit 3']).exit_code == 3)
check('exec socket', box.exec_run(['cat'], stdin=True, socket=True).output is not None)
check('logs', b'said' in box.logs())
check('logs tail', box.logs(tail=0) == b'')
check('top', len(box.top()['Processes']) > 0)
check('stats', 'memory_stats' in box.stats(stream=False))
data = io.BytesIO()
with tarfile.open(fileobj=data, mode='w') as tar:
    info = tarfile.TarInfo('made'); info.size = 3
    tar.addfile(info, io.BytesIO(b'abc'))
check('put archive', box.put_archive('/', data.getvalue()))
check('get archive', b'abc' in b''.join(box.get_archive('/made')[0]))
check('diff', any(one['Path'] == '/made' for one in box.diff()))
check('update', 'Warnings' in box.update(cpu_shares=512))
box.rename('other')
check('renamed', client.containers.get('node2/other').id == box.id)
check('resize', box.resize(20, 80) is None)
box.restart(timeout=0); box.reload()
check('restarted', box.status == 'running')
box.kill('SIGKILL')
check('wait', box.wait()['StatusCode'] == 137)
box.reload()
check('exited', box.status == 'exited')
image = box.commit('kept', 'one')
check('committed', 'kept:one' in image.tags)
check('images', any('kept:one' in one.tags for one in client.images.list()))
check('history', len(client.images.get('kept:one').history()) > 0)
check('tag', image.tag('kept', 'two'))
check('save', len(b''.join(client.images.get('kept:two').save())) > 1000)
client.images.remove('kept:one'); client.images.remove('kept:two')
check('removed', not any('kept:one' in one.tags for one in client.images.list()))
net = client.networks.create('wide')
check('network', net.id in [one.id for one in client.networks.list()])
on = client.containers.run('nginx', 'sleep 1000', name='on-net', detach=True, network='wide')
net.reload()
check('in network', on.id in [one.id for one in net.containers])
net.disconnect(on); net.connect(on, aliases=['it'])
on.reload()
check('connected', 'wide' in on.attrs['NetworkSettings']['Networks'])
on.remove(force=True); box.remove()
check('gone', client.containers.list(all=True, filters={'label': 'mine=1'}) == [])
def without_network():
    for _ in range(50):
        try: return net.remove() is None
        except docker.errors.APIError: time.sleep(0.2)
check('network gone', without_network())
check('nodes', len(client.nodes.list()) == 3)
check('services', client.services.list() == [])
told = [one for one in client.events(since=begin, until=int(time.time()), decode=True) if one.get('Actor', {}).get('ID') == box.id]
check('events', 'start' in [one['Action'] for one in told] and all(one['Actor']['Attributes']['node.name'] == 'node2' for one in told))
print('all', count, 'done')
`;

describe.skipIf(composes.length === 0 && !hasPython)('installed', () => {
  onEngines('other clients, on several nodes', () => {
    let w: World;
    beforeAll(async () => {
      w = await worldOf('node[1:3]');
      done(await w.belt('swarm init node1'));
      done(await w.belt('swarm join node1 node[2:3]'));
      w.env['XDG_RUNTIME_DIR'] = undefined;
      w.env['TMPDIR'] = w.home;
      w.write('compose.yaml', COMPOSE);
    });
    afterAll(() => w?.end());

    /** What a script here prints, whose clients have one Docker over all nodes. */
    const script = async (...text: string[]) =>
      done(await w.belt(['with', '@all', '--', 'sh', '-c', ['set -e', ...text].join('\n')]));
    it.each(composes)('%s: what is created anew stays with its volume and its port, also after down', async (words) => {
      // 1.29 reads of images what engines leave out from API 1.45 on.
      const compose = `COMPOSE_API_VERSION=1.41 ${words} -p app -f compose.yaml`;
      const node = `docker inspect -f '{{.Node.Name}}' $(${compose} ps -q db)`;
      const read = `${compose} exec -T db cat /data/file`;
      const out = await script(
        `ROUND=1 ${compose} up -d -t 0 2>up || { cat up >&2; exit 1; }`,
        `${compose} exec -T db sh -c 'echo kept >/data/file'`,
        `first=$(${node})`,
        read,
        `ROUND=2 ${compose} up -d -t 0 2>up || { cat up >&2; exit 1; }`,
        `${compose} exec -T db sh -c 'echo $ROUND'`,
        read,
        `test "$first" = "$(${node})" && echo same node`,
        `${compose} down -t 0 2>/dev/null`,
        // Something else where it was, so that another node has more room.
        'docker run -d --name ballast -e constraint:node==$first --network none nginx sleep 1000 >/dev/null',
        `ROUND=3 ${compose} up -d -t 0 2>up || { cat up >&2; exit 1; }`,
        read,
        `test "$first" = "$(${node})" && echo same node`,
        `${compose} down -t 0 -v 2>/dev/null; docker rm -f ballast; docker ps -aq; docker volume ls -q; docker network ls -qf name=app_`,
      );
      expect(out).toBe(lines('kept', '2', 'kept', 'same node', 'kept', 'same node', 'ballast'));
    });

    it.skipIf(!hasPython)(
      'Python: containers, execs, logs, names with their node, volumes and what does not exist',
      async () => {
        w.write(
          'client.py',
          `import docker
client = docker.from_env()
print(client.ping(), len(client.info()['SystemStatus']) > 3)
for node in ('node1', 'node2'):
    client.containers.run('nginx', ['sh', '-c', 'echo from $ON; sleep 1000'], name='on-' + node, detach=True, network_mode='none',
        environment={'constraint:node=': node, 'ON': node})
found = client.containers.list(filters={'name': 'node2/on-node2'})
print([one.attrs['Node']['Name'] + '/' + one.name for one in found])
for line in found[0].logs(stream=True):
    print(line.decode().strip())
    break
print(found[0].exec_run(['sh', '-c', 'exit 7']).exit_code)
client.volumes.create('data')
print([one.name for one in client.volumes.list() if one.name.endswith('data')])
client.volumes.get('data').remove()
try:
    client.containers.get('none')
except docker.errors.NotFound as error:
    print(error.explanation)
own = {'name': 'on-node'}
for one in client.containers.list(filters=own):
    one.remove(force=True)
print(client.containers.list(all=True, filters=own))
`,
        );
        expect(await script('python3 client.py')).toBe(
          lines(
            ...['True True', "['node2/on-node2']", 'from node2', '7', "['data']"],
            ...['No such container: none', '[]'],
          ),
        );
      },
    );

    it.skipIf(!hasPython)('Python: the everyday calls, on a node that is not the first', async () => {
      w.write('everyday.py', EVERYDAY);
      expect(await script('python3 everyday.py')).toBe(lines('all 41 done'));
    });
  });
});
