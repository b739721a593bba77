// What a droplet's user data asks of its first boot, as files on its disk: its stages (inside/services.ts) run them there.
import { quoted } from '../quoted.ts';
import type { UserData } from '../userdata/parse.ts';

/** A file of the droplet, by its path there. */
export interface DiskFile {
  path: string;
  content: string | Buffer;
  /** Octal, as chmod takes it. */
  mode: number;
}

const INSTANCE = '/var/lib/cloud/instance';
/** The errors that `cloud-init status` tells (inside/cloudInit.ts). */
const NOTE = `note() { echo "$1" >> ${INSTANCE}/errors; }`;

/** The scripts of each stage, and what they copy. */
export function firstBoot(user: UserData, hostKeys: readonly HostKey[]): DiskFile[] {
  const given = [...user.files].map(([path, content], n) => ({ path, content, kept: `${INSTANCE}/files/${n}` }));
  const init = [
    ...hostKeys.flatMap(({ type }) => [
      `ssh-keygen -y -f /etc/ssh/ssh_host_${type}_key > /etc/ssh/ssh_host_${type}_key.pub`,
    ]),
    ...given.flatMap(({ path, kept }) => writeLines(path, kept, user.modes.get(path) ?? '0644')),
  ];
  return [
    ...hostKeys.map(({ type, key }) => ({ path: `/etc/ssh/ssh_host_${type}_key`, content: key, mode: 0o600 })),
    ...given.map(({ kept, content }) => ({ path: kept, content, mode: 0o600 })),
    { path: `${INSTANCE}/sem/README`, content: 'One file for each stage that was done.\n', mode: 0o644 },
    ...user.bootHooks.map((text, n) => ({ path: hookPath(n), content: text, mode: 0o700 })),
    script('boot', [...user.bootHooks.map((_, n) => hookPath(n)), ...user.bootCommands]),
    script('init', [NOTE, ...init]),
    ...user.scripts.map((text, n) => ({ path: partPath(n), content: text, mode: 0o700 })),
    { path: `${INSTANCE}/scripts/runcmd`, content: ['#!/bin/sh', ...user.runCommands, ''].join('\n'), mode: 0o700 },
    script('final', [NOTE, ...finalLines(user)]),
  ];
}

export interface HostKey {
  type: string;
  /** PEM. */
  key: string;
}

const partPath = (n: number): string => `${INSTANCE}/scripts/part-${String(n + 1).padStart(3, '0')}`;

const hookPath = (n: number): string => `${INSTANCE}/boothooks/part-${String(n + 1).padStart(3, '0')}`;

const script = (name: string, lines: readonly string[]): DiskFile => ({
  path: `${INSTANCE}/${name}`,
  content: ['#!/bin/sh', ...lines, 'exit 0', ''].join('\n'),
  mode: 0o700,
});

function writeLines(path: string, kept: string, mode: string): string[] {
  const to = quoted(path);
  return [
    `mkdir -p "$(dirname ${to})" && cp ${kept} ${to} && chmod ${mode} ${to} || note ${quoted(plain(`write_files: ${path}`))}`,
  ];
}

/** Packages first, then the user's scripts and `runcmd`, each to its end whatever became of the ones before. */
function finalLines({ packages, scripts, runCommands }: UserData): string[] {
  const words = packages.map(quoted).join(' ');
  return [
    ...(packages.length > 0
      ? [`apt-get install -y ${words} || note ${quoted(plain(`packages: ${packages.join(' ')}`))}`]
      : []),
    ...scripts.map((_, n) => `${partPath(n)} || note 'scripts: ${partPath(n).replace(/.*\//, '')}'`),
    ...(runCommands.length > 0 ? [`${INSTANCE}/scripts/runcmd || note 'scripts: runcmd'`] : []),
  ];
}

const plain = (text: string): string => text.replaceAll(/["\\\n]/g, '?');
