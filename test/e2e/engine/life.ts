// A swarm's life: it is made, grows, runs services, and ends; beside it another one loses its quorum.
import { docker, looks, on, type Step, side, until } from './lines.ts';
import { quorum } from './quorum.ts';
import { services } from './services.ts';

const token = (role: string) => `$(belt docker swarm join-token -q ${role})`;
const address = '$(belt ip --private node1):2377';
const joinAs = (role: string) => `swarm join --token "${token(role)}" ${address}`;
/** Another swarm's certificate. */
export const FOREIGN_TOKEN = `SWMTKN-1-${'0'.repeat(50)}-${'0'.repeat(25)}`;

/** A worker comes, after what does not work: a real engine tries a wrong token for ten seconds. */
const worker: Step[] = [
  [on('node3', `swarm join --token ${FOREIGN_TOKEN} ${address}`), ...looks('one-node', 'node1')],
  on('node3', `swarm join --token "${token('worker')}x" ${address}`),
  on('node3', "info --format '{{.Swarm.LocalNodeState}}'"),
  on('node3', joinAs('worker')),
  until('node3', 'info', /Manager Addresses/),
  looks('worker', 'node3'),
];

const drained: Step[] = [
  docker('node update --availability drain node3'),
  until('node1', "service ls --format '{{.Name}} {{.Replicas}}'", /everywhere 1\/1\n(.*\n)*web 0\//),
  until('node1', 'node ps node3 --format "{{.Name}} {{.DesiredState}}"', /everywhere\S* Shutdown/),
  [docker('node ls'), docker('service ps web --format "{{.Name}} {{.DesiredState}}"')],
  docker('node update --availability active node3'),
  docker('service rm web everywhere door limited'),
  until('node1', 'ps -q', /^$/),
];

/** Three nodes, and a fourth that is in another swarm. */
const growing: Step[] = [
  on('node2', joinAs('manager')),
  until('node1', 'node ls', /Reachable/),
  looks('three-nodes', 'node1'),
  docker('swarm join-token --rotate worker'),
  docker('swarm join-token --rotate -q manager'),
  'belt swarm join node1 node4',
  'belt swarm join node1 node4 --force',
  'belt swarm join node1 node[2:4]',
  ['belt swarm join node1 plain1', 'belt swarm init node3', 'belt swarm init node2'],
  until('node1', 'node ls', /node4 .*Ready/),
];

const labels: Step[] = [
  docker('node update --label-add zone=a --label-add disk= node3'),
  docker('node update --label-add zone=b --label-add x=y=z node4'),
  [
    docker('node inspect -f "{{json .Spec}}" node3 node4'),
    docker('node ls -f node.label=zone=b --format "{{.Hostname}}"'),
    docker('node inspect --pretty node3'),
    docker('node update --label-rm nothing node3'),
  ],
  docker('node update --label-rm zone node3'),
];

const roleOf = (name: string, matches: RegExp) =>
  until('node1', `node ls -f name=${name} --format '{{.Hostname}} [{{.ManagerStatus}}]'`, matches);
const roles: Step[] = [
  docker('node demote node2'),
  roleOf('node2', /node2 \[\]/),
  docker('node demote node2'),
  docker('node update --role manager node3'),
  roleOf('node3', /node3 \[Reachable\]/),
  docker('node promote node3 node1'),
  docker('node update --role worker node3'),
  roleOf('node3', /node3 \[\]/),
];

const gone: Step[] = [
  on('node4', 'swarm leave'),
  on('node4', 'swarm leave'),
  until('node1', 'node ls -f name=node4', /Down/),
  [docker('node inspect --pretty node4'), docker('node inspect -f "{{json .Status}}" node4')],
  docker('node rm node4 nobody'),
];

const ending: Step[] = [
  docker('node ls --format json'),
  docker('node rm --force node2'),
  docker('swarm leave'),
  docker('swarm leave --force'),
  docker('node ls'),
  docker("info --format '{{.Swarm.LocalNodeState}}'"),
];

export const life: readonly Step[] = [
  docker('swarm init --advertise-addr eth1 --availability active'),
  side([...worker, ...services, ...drained], quorum),
  ...growing,
  ...labels,
  side(roles, gone),
  ...ending,
];
