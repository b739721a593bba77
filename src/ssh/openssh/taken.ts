// The hosts that the user's own configuration of ssh names, with the files that it includes.
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { readUserFile } from '../../user-file.ts';
import { globbed } from './glob.ts';
import { readUserConfig } from './include.ts';

/** As many files inside files as ssh follows (readconf.c). */
const DEEPEST = 16;

/** A word, in quotes or with spaces behind backslashes. */
const WORD = /"((?:\\.|[^"\\])*)"|((?:\\.|[^\s"\\])+)/g;

export interface Reading {
  home: string;
  /** belt's own file: what it names is not taken. */
  except: string;
}

/**
 * The file of each name that is spelled out in the configuration at `path`, in lower case.
 * @throws BeltError when that file cannot be read; what it includes is left out then, as ssh leaves it out
 */
export function namesTaken(path: string, { home, except }: Reading): Map<string, string> {
  const taken = new Map([['localhost', '/etc/hosts']]);
  const seen = new Set([real(except)]);
  const read = (file: string, config: string, depth: number) => {
    for (const line of config.split('\n')) {
      for (const host of hostsOf(line)) if (!taken.has(host)) taken.set(host, file);
      if (depth < DEEPEST) for (const one of included(line, { home, folder: dirname(path) })) follow(one, depth + 1);
    }
  };
  const follow = (file: string, depth: number) => {
    if (seen.has(real(file))) return;
    seen.add(real(file));
    read(file, textOf(file), depth);
  };
  read(path, readUserConfig(path), 0);
  return taken;
}

const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

function textOf(file: string): string {
  try {
    return readUserFile(file).bytes.toString('latin1');
  } catch {
    return '';
  }
}

function argumentsOf(line: string, keyword: string): string[] {
  const [, rest = ''] = new RegExp(`^\\s*"?${keyword}"?(?:\\s*=\\s*|\\s+|(?="))(.*)$`, 'i').exec(line) ?? [];
  return [...rest.matchAll(WORD)].map(([, quoted, plain = '']) => quoted ?? plain);
}

function included(line: string, { home, folder }: { home: string; folder: string }): string[] {
  const utf8 = Buffer.from(line, 'latin1').toString();
  return argumentsOf(utf8, 'include').flatMap((word) => {
    const path = word.replace(/^~(?=\/)/, () => home).replaceAll('\\ ', ' ');
    return globbed(isAbsolute(path) ? path : `${folder}/${path}`);
  });
}

/** Those of `Host`, and of `Match host` and `Match originalhost`. */
function hostsOf(line: string): string[] {
  const words = argumentsOf(line, 'match').flatMap((word) => word.split('='));
  const matched = words.flatMap((word, n) => (/^(?:original)?host$/i.test(words[n - 1] ?? '') ? word.split(',') : []));
  const comment = words.length > 0 ? -1 : argumentsOf(line, 'host').findIndex((word) => word.startsWith('#'));
  return [...matched, ...argumentsOf(line, 'host').slice(0, comment < 0 ? undefined : comment)]
    .filter((name) => name !== '' && !/[*?!]/.test(name))
    .map((name) => name.toLowerCase());
}
