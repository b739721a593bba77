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

/** `5 min`, `1:05`, `2 days,  1:05` */
function upWords(minutes: number): string {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const left = hours === 0 ? `${minutes % 60} min` : `${hours}:${String(minutes % 60).padStart(2, '0')}`;
  return `${days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `}${left.padStart(days === 0 ? 0 : 6)}`;
}

export const basics: Record<string, Command> = {
  true: () => 0,
  false: () => 1,
  ':': () => 0,
  exit: ({ words: [, code = '0', ...more] }) => {
    if (!/^\d+$/.test(code) || more.length > 0) throw notPlayed('exit with these arguments');
    return Number(code) & 255;
  },
  hostname: ({ host }) => `${host.hostname}\n`,
  // As procps prints it.
  uptime: ({ host, words: [, ...more] }) => {
    if (more.length > 0) throw notPlayed(['uptime', ...more].join(' '));
    const nowMs = host.world.now();
    const time = new Date(nowMs).toISOString().slice(11, 19);
    const minutes = Math.floor((nowMs - (host.record.sshAt ?? nowMs)) / 60_000);
    return ` ${time} up ${upWords(minutes)},  0 users,  load average: 0.00, 0.00, 0.00\n`;
  },
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
