// What a script is made of.
import { readFileSync } from 'node:fs';

/** A command in a droplet's own shell, by plain SSH. */
export interface Shell {
  host: string;
  run: string;
}

export interface Patient extends Shell {
  /** Said again until what it printed matches: a real swarm takes its time. Only the last time counts. */
  until: RegExp;
}

/** A shell line with `belt` in it, or one of the others. */
export type Line = string | Patient | Shell;
/** Lines in a list are run side by side: they only look, or are refused. Courses have nothing to do with each other. */
export type Step = Line | readonly Line[] | { courses: readonly (readonly Step[])[] };

/** Runs courses of steps at the same time. */
export const side = (...courses: readonly (readonly Step[])[]): Step => ({ courses });

export const docker = (words: string): string => `belt docker ${words}`;
export const on = (host: string, words: string): string => `belt --host ${host} docker ${words}`;

/** Docker's words on a host, without belt between. */
export const plain = (host: string, words: string): Shell => ({ host, run: `docker ${words}` });

/** Says docker's words on a host again until it is so. */
export const until = (host: string, words: string, matches: RegExp): Patient => ({
  ...plain(host, words),
  until: matches,
});

/**
 * The lines of a file in `words/`, on a host, without belt between: of these many only docker's own words matter, and a
 * process of belt's for each would take minutes.
 */
export function looks(file: string, host: string): Line[] {
  const text = readFileSync(new URL(`words/${file}.txt`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((run) => ({ host, run }));
}
