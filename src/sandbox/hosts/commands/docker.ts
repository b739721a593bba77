// `docker`: the engine's command line. Where there is no engine the shell does not find it (../shell.ts).

import { docker } from '../../engine/cli/docker.ts';
import type { Command } from './types.ts';

const NOT_FOUND = 127;

export const dockerCommand: Command = async ({ process, host, words }) => {
  const { engine, http } = host;
  if (engine === undefined) return NOT_FOUND;
  // The client alone says its version.
  if (words[1] !== '--version') await engine.frozen;
  return await docker(words.slice(1), { engine, process, http });
};
