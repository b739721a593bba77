// The second half of the script: a swarm is made, grows, runs services, loses its quorum, and ends.
import { docker, type Line, looks, on, type Step, until } from './lines.ts';

const token = (role: string) => `$(belt docker swarm join-token -q ${role})`;
const address = '$(belt ip --private node1):2377';
const joinAs = (role: string) => `swarm join --token "${token(role)}" ${address}`;
/** A token of another swarm's certificate, and one with another secret. */
const foreignToken = `SWMTKN-1-${'0'.repeat(50)}-${'0'.repeat(25)}`;
const wrongSecret = `"$(belt docker swarm join-token -q worker | sed 's/.\\{25\\}$/${'0'.repeat(25)}/')"`;
const create = (words: string) => docker(`service create --no-resolve-image ${words}`);

const joining: Step[] = [
  // Each takes ten seconds of a real engine's.
  [
    on('node2', `swarm join --token ${foreignToken} ${address}`),
    on('node3', `swarm join --token ${wrongSecret} ${address}`),
    on('node4', `swarm join --token "${token('worker')}" $(belt ip --private node3):2377`),
    on('plain1', 'swarm join'),
  ],
  on('node4', `swarm join --token "${token('worker')}x" ${address}`),
  on('node4', "info --format '{{.Swarm.LocalNodeState}}'"),
  on('node3', joinAs('worker')),
  until(on('node3', 'info'), /Manager Addresses/),
  on('node2', joinAs('manager')),
  until(docker('node ls'), /Reachable/),
  [...looks('worker', 'node3'), ...looks('three-nodes', 'node1')],
  docker('swarm join-token --rotate worker'),
  docker('swarm join-token --rotate -q manager'),
];

const beltsOwn: Step[] = [
  'belt swarm join node1 node4',
  'belt swarm join node1 node4',
  'belt swarm join node1 node[2:4]',
  'belt swarm join node1 plain1',
  'belt swarm init node3',
  'belt swarm init node2',
  until(docker('node ls'), /node4/),
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

/** Where a service's tasks go is the scheduler's own affair: each here can go to one node alone, or is everywhere. */
const services: Step[] = [
  [
    create('-d --name web --replicas 2 --label tier=front --label a=b --constraint node.hostname==node3 nginx'),
    create(
      '-d --name door --constraint node.hostname==node1 -p mode=host,target=80,published=8080 -p mode=host,target=81,protocol=udp,published=81 nginx',
    ),
    create('--quiet --name everywhere --mode global --endpoint-mode dnsrr nginx'),
    create(
      "--detach --name full --replicas 1 --env A=1 -e B='2 3' --constraint node.labels.disk==ssd --constraint node.role!=manager --hostname h --user nobody --workdir /tmp --container-label c=d --entrypoint 'sh -c' nginx 'sleep 1000' x",
    ),
    create(
      '-d --name limited --replicas 0 --limit-cpu .5 --limit-memory 64M --reserve-memory 16m --restart-condition on-failure --restart-delay 3s --restart-max-attempts 2 --update-delay 1m30s --update-parallelism 2 --update-order start-first --rollback-monitor 250ms --stop-grace-period 3s --stop-signal INT --init --read-only nginx',
    ),
  ],
  until(docker("service ls --format '{{.Name}} {{.Replicas}}'"), /door 1\/1\neverywhere 4\/4\n.*\n.*\nweb 2\/2/),
  until(docker('service ps full'), /no suitable node/),
  looks('services', 'node1'),
  [docker('service scale web=3 nothing=2'), create('--name loud --replicas 2 --constraint node.hostname==node4 nginx')],
  docker('service scale -d loud=1'),
  until(docker('service ps loud --format "{{.Name}} {{.DesiredState}}"'), /^loud.1 Running\n$/),
  docker('service scale -d loud=1 nothing=3'),
  docker('service update -d --env-add X=1 --label-add l=m --args "/bin/serve 8081" loud'),
  until(docker("service inspect -f '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' loud"), /completed/),
  [
    docker("service inspect -f '{{json .Spec.TaskTemplate.ContainerSpec}}' loud"),
    docker("service inspect -f '{{json .Spec.Labels}}' loud"),
    docker("service inspect -f '{{.UpdateStatus.Message}}' loud"),
    docker("service inspect -f '{{json .PreviousSpec.Labels}}' loud"),
    docker('service ps loud'),
    docker('service inspect --pretty loud'),
    docker('service inspect loud'),
  ],
  docker('service update loud'),
  docker('service update -d --env-rm X --label-rm l --replicas 0 --limit-memory 32M --update-parallelism 3 loud'),
  docker('service inspect loud'),
  docker('service rm loud full'),
  'belt docker save nginx | belt --host node4 docker load',
  'belt docker save nginx | belt --host node4 docker load -q',
  'belt docker save nginx nowhere | wc -c',
  docker('service rm loud'),
];

/** A drained node, one that left, and one of another swarm. */
const nodes: Step[] = [
  docker('node update --availability drain node3'),
  until(docker("service ls --format '{{.Name}} {{.Replicas}}'"), /everywhere 3\/3/),
  until(docker('node ps node3 --format "{{.Name}} {{.DesiredState}}"'), /everywhere\S* Shutdown/),
  [docker('node ls'), docker('service ps web --format "{{.Name}} {{.DesiredState}}"')],
  docker('node update --availability active node3'),
  docker('service rm web everywhere door limited'),
  until(docker('ps -q'), /^$/),
  on('node4', 'swarm leave'),
  on('node4', 'swarm leave'),
  until(docker('node ls'), /node4 +Down/),
  [
    docker('node inspect --pretty node4'),
    docker('node inspect -f "{{json .Status}}" node4'),
    docker('node ls --format json'),
  ],
  docker('node rm node4 nobody'),
  on('node4', 'swarm init --advertise-addr eth1 --task-history-limit 3 --data-path-port 5000'),
  on('node4', "info --format '{{.Swarm.Cluster.DataPathPort}} {{json .Swarm.Cluster.Spec.Orchestration}}'"),
  'belt swarm join node1 node4',
  'belt swarm join node1 node4 --force',
  until(docker("node ls --format '{{.Hostname}} {{.Status}}'"), /node4 Ready/),
  on('node4', 'swarm leave --force'),
  docker('node rm --force node4'),
];

const afterTheQuorum: Line[] = [
  ...['service ls', 'node inspect self', 'node rm node2', 'service create -d --no-resolve-image nginx', 'swarm leave'],
  ...[
    'swarm join-token worker',
    'node demote node2',
    'node ps',
    'service ps web',
    'service rm web',
    'info',
    'swarm init',
  ],
  ...["info --format '{{.Swarm.Error}}'", 'service scale web=1'],
].map(docker);

/** One of two managers leaves: too few are left. */
const quorum: Step[] = [
  on('node2', 'swarm leave'),
  on('node2', 'swarm leave --force'),
  until(docker('node ls'), /does not have a leader/),
  [...afterTheQuorum, 'belt swarm join node1 node4'],
  docker('swarm init --force-new-cluster --advertise-addr eth1'),
  until(docker("node ls -f name=node1 --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'"), /node1 Ready Leader/),
];

const rolesOf = docker("node ls -f name=node3 --format '{{.Hostname}} [{{.ManagerStatus}}]'");
const roles: Step[] = [
  docker('node promote node3'),
  until(rolesOf, /node3 \[Reachable\]/),
  docker('node promote node3 node1'),
  docker('node update --role worker node3'),
  until(rolesOf, /node3 \[\]/),
  docker('node demote node3'),
];

const ending: Step[] = [
  docker('swarm leave'),
  docker('swarm leave --force'),
  docker('node ls'),
  docker("info --format '{{.Swarm.LocalNodeState}}'"),
];

export const life: readonly Step[] = [
  docker('swarm init --advertise-addr eth1 --availability active'),
  looks('one-node', 'node1'),
  ...joining,
  ...beltsOwn,
  ...labels,
  ...services,
  ...nodes,
  ...quorum,
  ...roles,
  ...ending,
];
