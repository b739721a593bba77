// `systemctl`, as far as sshd goes.
import { refuse } from './refuse.ts';
import type { Command } from './types.ts';

export const systemctl: Command = async ({ process, host, words }) => {
  const [verb = '', unit = ''] = words.slice(1);
  if (!['reload', 'restart', 'reload-or-restart'].includes(verb))
    return await refuse(process, `systemctl ${verb}`.trim());
  // As on Ubuntu and Debian.
  if (!/^ssh(\.service)?$/.test(unit)) {
    await process.err(`Failed to ${verb} ${unit}.service: Unit ${unit}.service not found.\n`);
    return 5;
  }
  host.reloadSshd();
  return 0;
};
