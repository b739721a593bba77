// Options that several commands have.
import { count, flag, list, off, positive, several, text, textOr } from './command.ts';

export const yes = flag('do not ask', 'y');

/** Of what waits for nodes, by what each is given up that takes longer. */
export const timeout = (secondsOtherwise: number, summary: string) => positive('<seconds>', secondsOtherwise, summary);

export const concurrency = count('<n>', 5, 'create requests in parallel');

export const rollback = flag('if the run fails, remove what it created');

/** What of the cluster is removed, and what is taken out of other swarms. */
export const removing = {
  prune: flag('remove droplets of the cluster that the file does not name'),
  replace: several('<pattern...>', 'delete these nodes, with their data, and create them again'),
  force: flag('remove nodes from other swarms first'),
};

/** Where the nodes have no firewall, one is made that shuts the swarm's ports. */
export const guarded = {
  firewall: off('do not create a firewall: leave the swarm’s ports as they are'),
};

/** How many nodes of which size. */
export const nodes = {
  manager: list('<pattern|n>', 'the managers: names, or how many; repeatable'),
  managerSize: text('<slug>', 'their size (default: size in .belt.yaml)'),
  worker: list('<pattern|n>', 'the workers: names, or how many; repeatable'),
  workerSize: text('<slug>', 'their size (default: size in .belt.yaml)'),
};

/** What a cluster's description may say. */
export const described = {
  ...nodes,
  label: list('<key=value>', 'a swarm label of the workers; repeatable'),
  region: text('<slug>', 'the region (default: region in .belt.yaml)'),
  image: text('<id|slug>', 'the image (default: image in .belt.yaml)'),
  vpc: text('<name>', 'the name of a VPC, created if missing'),
};

export const sandboxName = textOr('<name>', 'default', 'which sandbox, if several are running');

/** Of what stack of Compose files a command is about. */
export const composing = {
  composeFile: { ...list('<file>', 'a Compose file, or - for stdin; several are merged, the last wins'), letter: 'c' },
  envFile: list('<file>', 'variables from this file instead of .env; repeatable'),
  profile: list('<name>', 'services of this profile too; repeatable'),
  allowUnset: flag('a variable without a value is empty, and a warning'),
  strict: flag('what Swarm does not support is an error'),
};
