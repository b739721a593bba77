// The script that both kinds of host are given, in the order of a swarm's life.
import { FOREIGN_TOKEN, life } from './life.ts';
import { docker, type Line, looks, on, type Step } from './lines.ts';

const onAHost: Line[] = [
  ...['version', '-v', '--version', 'info', "version --format '{{.Client.Os}}/{{.Client.Arch}}'"].map(docker),
  ...[
    "version --format '{{.Server.Os}}'",
    "version -f '{{json .Client.Context}}'",
    'ps',
    'ps -q',
    'ps -a --no-trunc',
  ].map(docker),
  ...["ps --format '{{.ID}} {{.Names}}'", 'ps --format json', "ps --format 'table {{.ID}}\\t{{.Names}}'"].map(docker),
  ...['container ls', 'ps --filter name=web', 'ps --filter bogus=1', 'images nowhere', 'images -q nowhere'].map(docker),
  ...["images nowhere --format '{{.Repository}}'", 'image ls nowhere', 'save nowhere', 'save nowhere:1 elsewhere'].map(
    docker,
  ),
  ...[
    'true',
    'false',
    'hostname',
    'id -u',
    'whoami',
    'uname',
    'echo \'a  b\' "c" d\\ e',
    'bogus',
    '/no/such/command',
  ].map((run) => ({ host: 'node1', run })),
  ...['cat /etc/hostname', 'cloud-init status', 'cloud-init status --wait', 'sleep 0', 'exec bogus'].map((run) => ({
    host: 'node1',
    run,
  })),
  ...['cloud-init status --wait', 'docker ps', 'exec docker ps', 'true'].map((run) => ({ host: 'plain1', run })),
  on('plain1', 'ps'),
  on('plain1', ''),
  on('node9', 'ps'),
  on("'node[1:3]'", "info --format '{{.Name}} {{.Swarm.LocalNodeState}}'"),
  on("'node[1:2]'", 'bogus'),
  on("'node[1:2]' --json", "info --format '{{.Name}}'"),
  on('node1,plain1', "info --format '{{.Name}}'"),
];

/** Four droplets with an engine, and one without. */
export const birth: readonly Step[] = [
  'belt create 512mb node[1:4]',
  'belt create 512mb plain1 --image ubuntu-24-04-x64',
];

export const script: readonly Step[] = [
  docker('ps'),
  'belt active node1',
  [
    on('node2', `swarm join --token ${FOREIGN_TOKEN} $(belt ip --private node3):2377`),
    ...looks('help', 'node1'),
    ...looks('wrong', 'node1'),
  ],
  looks('outside', 'node1'),
  ...['swarm join 127.0.0.1:2377', 'swarm join --token bogus 127.0.0.1:2377'].map(docker),
  onAHost,
  ...life,
];
