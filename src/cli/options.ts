// Options that several commands have.
import { flag, list, off, positive, several, text, textOr } from './command.ts';

export const yes = flag('do not ask', 'y');

/** Of what waits for nodes, by what each is given up that takes longer. */
export const timeout = (secondsOtherwise: number, summary: string) => positive('<seconds>', secondsOtherwise, summary);

export const concurrency = positive('<n>', 5, 'create requests side by side');

export const rollback = flag('remove what a run that failed made');

/** What of the cluster is removed, and what is taken out of other swarms. */
export const removing = {
  prune: flag('remove droplets of the cluster that the file does not name'),
  replace: several('<pattern...>', 'recreate these nodes'),
  force: flag('take nodes out of other swarms'),
};

/** Where the nodes have no firewall, one is made that shuts the swarm's ports. */
export const guarded = {
  firewall: off('make no firewall: leave the swarm’s ports as open as they are'),
};

/** How many nodes of which size. */
export const nodes = {
  manager: list('<pattern|n>', 'the managers: names, or how many; repeatable'),
  managerSize: text('<slug>', 'their size (size in .belt.yaml)'),
  worker: list('<pattern|n>', 'the workers: names, or how many; repeatable'),
  workerSize: text('<slug>', 'their size (size in .belt.yaml)'),
};

/** What a cluster's description may say. */
export const described = {
  ...nodes,
  label: list('<key=value>', 'a swarm label of the workers; repeatable'),
  region: text('<slug>', 'where (region in .belt.yaml)'),
  image: text('<id|slug>', 'from what (image in .belt.yaml)'),
  vpc: text('<name>', 'a VPC by its name, made if it is missing'),
};

export const sandboxName = textOr('<name>', 'default', 'which sandbox, where several run');
