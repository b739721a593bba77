// `docker`: the engine's command line. Where there is no engine the shell does not find it (../shell.ts).
import { docker } from '../../engine/cli/docker.ts';
import type { Command } from './types.ts';

const NOT_FOUND = 127;
/** The socket is root's and the group docker's. */
const DENIED = 'dial unix /var/run/docker.sock: connect: permission denied';

export const dockerCommand: Command = async ({ process, host, user, words }) => {
  const { engine, http } = host;
  if (engine === undefined) return NOT_FOUND;
  // The client alone says its version.
  if (words[1] !== '--version') {
    if (user !== 'root') {
      await process.err(`permission denied while trying to connect to the Docker daemon socket: ${DENIED}\n`);
      return 1;
    }
    await engine.frozen;
  }
  return await docker(words.slice(1), { engine, process, http });
};
