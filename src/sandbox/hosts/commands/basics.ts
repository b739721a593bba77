// The small commands that need nothing but their words.

import { ENGINE } from '../../engine/version.ts';
import type { Command, HostView } from './types.ts';

/** `uname`, with the letters of its options. */
function uname(host: HostView, options: string[]): string {
  const letters = options.join('').replaceAll('-', '') || 's';
  const all = letters.includes('a');
  const parts: [letter: string, text: string][] = [
    ['s', 'Linux'],
    ['n', host.hostname],
    ['r', ENGINE.kernel],
    ['v', '#71-Ubuntu SMP PREEMPT_DYNAMIC Tue Jul 22 16:52:38 UTC 2025'],
    ['m', 'x86_64'],
    ['p', 'x86_64'],
    ['i', 'x86_64'],
    ['o', 'GNU/Linux'],
  ];
  return parts
    .filter(([letter]) => all || letters.includes(letter))
    .map(([, text]) => text)
    .join(' ');
}

/** What sshd and the login give a command of root's. */
const ENVIRONMENT: readonly [string, string][] = [
  ['HOME', '/root'],
  ['LOGNAME', 'root'],
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['PWD', '/root'],
  ['SHELL', '/bin/bash'],
  ['USER', 'root'],
];

export const basics: Record<string, Command> = {
  true: () => 0,
  false: () => 1,
  ':': () => 0,
  hostname: async ({ process, host }) => {
    await process.out(`${host.hostname}\n`);
    return 0;
  },
  echo: async ({ process, words }) => {
    const bare = words[1] === '-n';
    await process.out(words.slice(bare ? 2 : 1).join(' ') + (bare ? '' : '\n'));
    return 0;
  },
  id: async ({ process, words }) => {
    await process.out(words[1] === '-u' || words[1] === '-g' ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n');
    return 0;
  },
  whoami: async ({ process }) => {
    await process.out('root\n');
    return 0;
  },
  printenv: async ({ process, sshConnection, words }) => {
    const all = new Map([...ENVIRONMENT, ['SSH_CONNECTION', sshConnection]]);
    const names = words.slice(1);
    const found = names.flatMap((name) => all.get(name) ?? []);
    const lines = names.length === 0 ? [...all].map(([name, value]) => `${name}=${value}`) : found;
    await process.out(lines.map((line) => `${line}\n`).join(''));
    return found.length === names.length ? 0 : 1;
  },
  uname: async ({ process, host, words }) => {
    await process.out(`${uname(host, words.slice(1))}\n`);
    return 0;
  },
  stty: async ({ process, words }) => {
    if (process.terminal === undefined) {
      await process.err("stty: 'standard input': Inappropriate ioctl for device\n");
      return 1;
    }
    const { rows, cols } = process.terminal;
    await process.out(words[1] === 'size' ? `${rows} ${cols}\n` : `speed 38400 baud; rows ${rows}; columns ${cols};\n`);
    return 0;
  },
  sleep: async ({ process, host, words }) => {
    const seconds = Number(words[1]);
    if (words[1] === undefined || !(seconds >= 0)) {
      const what = words[1] === undefined ? 'missing operand' : `invalid time interval ‘${words[1]}’`;
      await process.err(`sleep: ${what}\nTry 'sleep --help' for more information.\n`);
      return 1;
    }
    await host.world.wait(seconds * 1000);
    return 0;
  },
};
