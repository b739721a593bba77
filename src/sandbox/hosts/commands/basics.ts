// Small commands that only need their arguments.
import { Failure, notPlayed } from '../../engine/failure.ts';
import type { Command } from './types.ts';

const homeOf = (user: string): string => (user === 'root' ? '/root' : `/home/${user}`);

/** What sshd and the login give a command. */
const environment = (user: string): [string, string][] => [
  ['HOME', homeOf(user)],
  ['LOGNAME', user],
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['PWD', homeOf(user)],
  ['SHELL', '/bin/bash'],
  ['USER', user],
];

export const basics: Record<string, Command> = {
  true: () => 0,
  false: () => 1,
  ':': () => 0,
  exit: ({ words: [, code = '0', ...more] }) => {
    if (!/^\d+$/.test(code) || more.length > 0) throw notPlayed('exit with these arguments');
    return Number(code) & 255;
  },
  hostname: ({ host }) => `${host.hostname}\n`,
  echo: ({ words: [, ...words] }) => (words[0] === '-n' ? words.slice(1).join(' ') : `${words.join(' ')}\n`),
  printenv: async ({ process, user, sshConnection, words: [, ...names] }) => {
    const all = new Map([...environment(user), ['SSH_CONNECTION', sshConnection]]);
    const found = names.flatMap((name) => all.get(name) ?? []);
    const lines = names.length === 0 ? [...all].map(([name, value]) => `${name}=${value}`) : found;
    await process.out(lines.map((line) => `${line}\n`).join(''));
    return found.length === names.length ? 0 : 1;
  },
  stty: ({ process, words }) => {
    if (words.slice(1).join(' ') !== 'size') throw notPlayed(words.join(' '));
    if (process.terminal === undefined) throw new Failure("stty: 'standard input': Inappropriate ioctl for device");
    return `${process.terminal.rows} ${process.terminal.cols}\n`;
  },
  sleep: async ({ host, words: [, seconds = '', ...more] }) => {
    if (!/^\d+(\.\d+)?$/.test(seconds) || more.length > 0) throw notPlayed('sleep with these arguments');
    await host.world.pause(Number(seconds) * 1000);
    return 0;
  },
};
