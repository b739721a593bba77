// The script that both kinds of host are given, in the order of a swarm's life.
import { FOREIGN_TOKEN, life } from './life.ts';
import { docker, type Line, looks, on, type Step } from './lines.ts';

const version = "version --format '{{.Client.Os}}/{{.Client.Arch}}'";
const onAHost: Line[] = [
  ...['version', '-v', '--version', 'info', version].map(docker),
  ...looks('engine', 'node1'),
  ...looks('shell', 'node1'),
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
  'belt create 512mb plain1 --image ubuntu-24-04-x64 --no-engine',
];

export const script: readonly Step[] = [
  docker('ps'),
  'belt active node1',
  [
    on('node2', `swarm join --token ${FOREIGN_TOKEN} $(belt ip --private node3):2377`),
    on('node3', 'swarm join 127.0.0.1:2377'),
    ...looks('help', 'node1'),
    ...looks('wrong', 'node1'),
  ],
  looks('outside', 'node1'),
  docker('swarm join --token bogus 127.0.0.1:2377'),
  onAHost,
  ...life,
];
