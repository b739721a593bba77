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
  });
});
