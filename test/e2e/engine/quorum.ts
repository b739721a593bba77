// A swarm of two managers, node4 and node2, of which one leaves: what is left is too few.
import { type Line, on, type Step, until } from './lines.ts';

const first = (words: string) => on('node4', words);
const joinAs = (role: string) =>
  `swarm join --token "$(belt --host node4 docker swarm join-token -q ${role})" $(belt ip --private node4):2377`;

const wrongSecret = `"$(belt --host node4 docker swarm join-token -q worker | sed 's/.\\{25\\}$/${'0'.repeat(25)}/')"`;

const withoutLeader: Line[] = [
  ...['service ls', 'node inspect self', 'node rm node2', 'service create -d --no-resolve-image nginx', 'swarm leave'],
  ...['swarm join-token worker', 'node demote node2', 'node ps', 'service ps web', 'service rm web', 'info'],
  ...['swarm init', "info --format '{{.Swarm.Error}}'", 'service scale web=1'],
].map(first);

export const quorum: Step[] = [
  first('swarm init --advertise-addr eth1 --task-history-limit 3 --data-path-port 5000'),
  first("info --format '{{.Swarm.Cluster.DataPathPort}} {{json .Swarm.Cluster.Spec.Orchestration}}'"),
  // A real engine tries a wrong token for ten seconds.
  on('node2', `swarm join --token ${wrongSecret} $(belt ip --private node4):2377`),
  on('node2', joinAs('manager')),
  until('node4', 'node ls', /Reachable/),
  [first('info'), first('node ls --format json'), first("node inspect -f '{{.ManagerStatus.Reachability}}' node2")],
  [first('swarm leave'), on('node2', 'swarm leave')],
  on('node2', 'swarm leave --force'),
  until('node4', 'node ls', /does not have a leader/),
  [...withoutLeader, 'belt swarm join node4 node2'],
  first('swarm init --force-new-cluster --advertise-addr eth1'),
  until('node4', "node ls -f name=node4 --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'", /node4 Ready Leader/),
  first('swarm leave'),
];
