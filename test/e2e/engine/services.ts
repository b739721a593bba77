// Services on node1 and node3. Where a task goes is the scheduler's own affair: each here can go to one node alone, or is
// everywhere.
import { docker, looks, type Step, until } from './lines.ts';

const create = (words: string) => docker(`service create --no-resolve-image ${words}`);

const made: Step[] = [
  docker('node update --label-add disk=hdd node3'),
  [
    create('-d --name web --replicas 2 --label tier=front --label a=b --constraint node.hostname==node3 nginx'),
    create(
      '-d --name door --constraint node.hostname==node1 -p mode=host,target=80,published=8080 -p mode=host,target=81,protocol=udp,published=81 nginx',
    ),
    create(
      "--detach --name full --replicas 1 --env A=1 -e B='2 3' --constraint node.labels.disk==ssd --constraint node.role!=manager --hostname h --user nobody --workdir /tmp --container-label c=d --entrypoint 'sh -c' nginx 'sleep 1000' x",
    ),
    create(
      '-d --name limited --replicas 0 --limit-cpu .5 --limit-memory 64M --reserve-memory 16m --restart-condition on-failure --restart-delay 3s --restart-max-attempts 2 --update-delay 1m30s --update-parallelism 2 --update-order start-first --rollback-monitor 250ms --stop-grace-period 3s --stop-signal INT --init --read-only nginx',
    ),
  ],
  until('node1', "service ls --format '{{.Name}} {{.Replicas}}'", /door 1\/1\n.*\n.*\nweb 2\/2/),
  create('-d --quiet --name everywhere --mode global --endpoint-mode dnsrr nginx'),
  until('node1', "service ls --format '{{.Name}} {{.Replicas}}'", /everywhere 2\/2/),
  until('node1', 'service ps full', /no suitable node/),
];

const changed: Step[] = [
  [docker('service scale web=3 nothing=2'), create('--name loud --replicas 2 --constraint node.hostname==node3 nginx')],
  docker('service scale -d loud=1 nothing=3'),
  until('node1', 'service ps loud --format "{{.Name}} {{.DesiredState}}"', /^loud.1 Running\n$/),
  docker('service update --env-add X=1 --label-add l=m --args "/bin/serve 8081" loud'),
  until('node1', "service inspect -f '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' loud", /completed/),
  [
    docker("service inspect -f '{{json .Spec.TaskTemplate.ContainerSpec}}' loud"),
    docker("service inspect -f '{{json .Spec.Labels}} {{.UpdateStatus.Message}} {{json .PreviousSpec.Labels}}' loud"),
    docker('service ps loud'),
    docker('service inspect --pretty loud'),
    docker('service inspect loud'),
    'belt docker save nginx | belt --host node4 docker load',
    'belt docker save nginx | belt --host node2 docker load -q',
    'belt docker save nginx nowhere | wc -c',
    'belt docker save nginx > /dev/null',
  ],
  docker('service update -d --env-rm X --label-rm l --replicas 0 --limit-memory 32M --update-parallelism 3 loud'),
  docker('service inspect loud'),
  docker('service rm loud full'),
  docker('service rm loud'),
];

export const services: Step[] = [...made, looks('services', 'node1'), ...changed];
