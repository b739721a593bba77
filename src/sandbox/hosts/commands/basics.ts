// Small commands that only need their arguments.
import { refuse } from './refuse.ts';
import type { Command } from './types.ts';

/** What sshd and the login give a command. */
const environment = (user: string): [string, string][] => [
  ['HOME', homeOf(user)],
  ['LOGNAME', user],
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['PWD', homeOf(user)],
  ['SHELL', '/bin/bash'],
  ['USER', user],
];

const homeOf = (user: string): string => (user === 'root' ? '/root' : `/home/${user}`);

export const basics: Record<string, Command> = {
  true: () => 0,
  false: () => 1,
  ':': () => 0,
  exit: ({ process, words: [, code = '0', ...more] }) =>
    /^\d+$/.test(code) && more.length === 0 ? Number(code) & 255 : refuse(process, 'exit with these arguments'),
  hostname: async ({ process, host }) => {
    await process.out(`${host.hostname}\n`);
    return 0;
  },
  echo: async ({ process, words }) => {
    const bare = words[1] === '-n';
    await process.out(words.slice(bare ? 2 : 1).join(' ') + (bare ? '' : '\n'));
    return 0;
  },
  printenv: async ({ process, user, sshConnection, words }) => {
    const all = new Map([...environment(user), ['SSH_CONNECTION', sshConnection]]);
    const names = words.slice(1);
    const found = names.flatMap((name) => all.get(name) ?? []);
    const lines = names.length === 0 ? [...all].map(([name, value]) => `${name}=${value}`) : found;
    await process.out(lines.map((line) => `${line}\n`).join(''));
    return found.length === names.length ? 0 : 1;
  },
  stty: async ({ process, words }) => {
    if (words.slice(1).join(' ') !== 'size') return await refuse(process, words.join(' '));
    if (process.terminal === undefined) {
      await process.err("stty: 'standard input': Inappropriate ioctl for device\n");
      return 1;
    }
    await process.out(`${process.terminal.rows} ${process.terminal.cols}\n`);
    return 0;
  },
  sleep: async ({ process, host, words: [, seconds = '', ...more] }) => {
    if (!/^\d+(\.\d+)?$/.test(seconds) || more.length > 0) return await refuse(process, 'sleep with these arguments');
    await host.world.wait(Number(seconds) * 1000);
    return 0;
  },
};
