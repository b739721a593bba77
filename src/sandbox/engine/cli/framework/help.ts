// Usage lines, and what `--help` prints.

import type { Command } from './command.ts';

/** `Usage:  docker container ls [OPTIONS]`, under the name that was said. */
export const usageLine = (command: Command, path: string): string =>
  `Usage:  docker ${path}${command.usage === '' ? '' : ` ${command.usage}`}`;

/** `docker CMD --help`: under another of its names only the first line differs. */
export const helpOf = (command: Command, path: string): string =>
  command.help.replace(/^.*/, () => usageLine(command, path));

/** What follows a fault in a command's words. */
export const moreAbout = (path: string, usage: string): string =>
  `${usage}\n\nRun 'docker ${path} --help' for more information`;
