// A swarm whose managers lock themselves: before the restart of its only one, whose engine has labels, and after.
import { docker, type Step } from './lines.ts';

const key = '$(cat key)';
const unlock = (given: string) => `echo "${given}" | belt docker swarm unlock`;

export const turnedOn: readonly Step[] = [
  docker('swarm init --autolock'),
  ...['unlock-key', 'unlock-key -q', 'update', 'update --autolock', 'update --autolock=false'].map((words) =>
    docker(`swarm ${words}`),
  ),
  ...['unlock-key', 'unlock-key -q', 'unlock-key --rotate', 'update --autolock'].map((words) =>
    docker(`swarm ${words}`),
  ),
  ...['unlock-key --rotate', 'unlock-key --rotate -q', 'update --task-history-limit 3', 'unlock'].map((words) =>
    docker(`swarm ${words}`),
  ),
  ...['info', "info --format '{{json .Labels}}'", 'node inspect --pretty self', 'node inspect self'].map(docker),
  docker('swarm unlock-key -q > key'),
];

export const locked: readonly Step[] = [
  ...['info', "info --format '{{json .Swarm}}'", 'node ls', 'node inspect self', 'node ps', 'service ls'].map(docker),
  ...['swarm init', 'swarm init --force-new-cluster', 'swarm join --token x 127.0.0.1:2377', 'swarm leave'].map(docker),
  ...['swarm join-token worker', 'swarm update --autolock=false', 'swarm unlock-key', 'ps'].map(docker),
  'belt swarm init node1',
  unlock(''),
  unlock('x'),
  unlock(`SWMKEY-1-${'A'.repeat(43)}`),
  unlock(`  ${key}`),
  unlock(key),
  docker("info --format '{{.Swarm.LocalNodeState}} {{.Swarm.Error}}'"),
  docker('swarm unlock-key -q | cmp - key'),
];
