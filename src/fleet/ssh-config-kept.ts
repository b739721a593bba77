// Whether `belt ssh-config --write` was typed. A file of its own: every list of nodes asks, and few load the rest.
import type { State } from '../config/state.ts';

/** That the file is written, and what of it no later command can know. */
export const KEPT = 'ssh-config.json';

export const isSshConfigKept = (state: State): boolean => state.read(KEPT) !== undefined;
