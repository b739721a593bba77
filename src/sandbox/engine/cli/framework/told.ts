// What docker's own help tells of a command: its words, what it is for, its options. Read from the text that it prints,
// so that what is taken and what is told cannot differ.

import { GROUP_HELP } from '../help/groups.ts';
import { LOCAL_HELP } from '../help/local.ts';
import { NODE_HELP } from '../help/node.ts';
import { SERVICE_HELP } from '../help/service.ts';
import { SERVICE_CREATE_HELP } from '../help/serviceCreate.ts';
import { SERVICE_UPDATE_HELP } from '../help/serviceUpdate.ts';
import { SWARM_HELP } from '../help/swarm.ts';
import type { Option } from './command.ts';

const COMMAND_HELP: Record<string, string> = {
  ...LOCAL_HELP,
  ...NODE_HELP,
  ...SERVICE_HELP,
  ...SERVICE_CREATE_HELP,
  ...SERVICE_UPDATE_HELP,
  ...SWARM_HELP,
};

export interface Told {
  /** The words after `docker`. */
  path: string;
  /** What follows them in the usage line. */
  usage: string;
  options: Option[];
  help: string;
}

/** What the help of a command tells. */
export function told(path: string): Told {
  const help = COMMAND_HELP[path]!;
  const usage = help.slice(`Usage:  docker ${path}`.length, help.indexOf('\n')).trim();
  return { path, usage, options: optionsOf(help), help };
}

/** `  -f, --filter filter   Filter output …`; what a line further down goes on with has no dashes. */
const OPTION = /^ {2}(?:-(\w), | {4})--([\w-]+)(?: ([\w-]+))? {2}/gm;

function optionsOf(help: string): Option[] {
  return [...help.matchAll(OPTION)].map(([, short, long = '', type = 'bool']) => ({
    long,
    type,
    ...(short && { short }),
  }));
}

/** The help of docker itself (an empty name) or of a group, where the sandbox knows a command of it. */
export const groupHelp = (group: string): string | undefined => GROUP_HELP[group];
