// Commands that change the host's tiny file system.
import type { Command } from './types.ts';

export const files: Record<string, Command> = {
  mv: async ({ process, host, words }) => {
    const [from = '', to = ''] = words.slice(1).filter((word) => word !== '-f');
    const content = host.files.get(from);
    if (content === undefined) {
      await process.err(`mv: cannot stat '${from}': No such file or directory\n`);
      return 1;
    }
    host.files.delete(from);
    host.files.set(to, content);
    return 0;
  },
  rm: async ({ process, host, words }) => {
    const force = words.includes('-f');
    let code = 0;
    for (const name of words.slice(1).filter((word) => !word.startsWith('-'))) {
      if (host.files.delete(name) || force) continue;
      await process.err(`rm: cannot remove '${name}': No such file or directory\n`);
      code = 1;
    }
    return code;
  },
};
