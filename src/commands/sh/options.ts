import { flag, positiveIfGiven, text, type Values } from '../../cli/command.ts';

export const options = {
  input: flag('what is piped in goes to the command', 'i'),
  user: text('<user>', 'as this user of the container'),
  workdir: text('<path>', 'in this folder of the container'),
  beside: flag('in a container of another image, in its network and among its processes'),
  image: text('<image>', 'which image; --beside with one that the node has'),
  timeout: positiveIfGiven('<seconds>', 'end the command where it takes longer'),
};

export type ShOptions = Values<typeof options>;

/** Whether it runs in a container of another image. */
export const isBeside = ({ beside, image }: ShOptions): boolean => beside === true || image !== undefined;
