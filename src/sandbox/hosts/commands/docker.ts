// `docker`: the engine's command line, when there is an engine.

import { docker } from '../../engine/cli/docker.ts';
import type { Command } from './types.ts';

export const dockerCommand: Command = async ({ process, host, words }) => {
  if (host.engine === undefined) {
    await process.err('bash: line 1: docker: command not found\n');
    return 127;
  }
  return await docker(host.engine, words.slice(1), process, host.http);
};
