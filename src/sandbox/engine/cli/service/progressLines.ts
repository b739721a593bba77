// Lines that change in place on a terminal, and simply follow each other elsewhere.

import type { CliProcess } from '../framework/process.ts';

const STATES = ['new', 'allocated', 'pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'];
const BAR_WIDTH = 50;
/** Docker draws bars only on terminals wider than this. */
const WIDE = 110;

export interface ProgressLines {
  show(id: string, text: string): Promise<void>;
  /** How far a task is; only terminals see it. */
  bar(id: string, state: string): Promise<void>;
}

/** Docker's progress output on a command's stdout. */
export function progressLines(process: CliProcess): ProgressLines {
  const { terminal } = process;
  if (terminal === undefined) {
    return {
      show: (id, text) => process.out(`${id}: ${text}\n`),
      bar: async () => {},
    };
  }
  const places = new Map<string, number>();
  const show = async (id: string, text: string) => {
    const isNew = !places.has(id);
    if (isNew) places.set(id, places.size);
    const up = places.size - places.get(id)!;
    await process.out(`${isNew ? '\n' : ''}\x1b[${up}A\x1b[2K\r${id}: ${text} \r\x1b[${up}B`);
  };
  return {
    show,
    bar: (id, state) => {
      const done = Math.floor((BAR_WIDTH * (STATES.indexOf(state) + 1)) / STATES.length);
      const bar = terminal.cols > WIDE ? `[${'='.repeat(done)}>${' '.repeat(BAR_WIDTH - done)}] ` : '';
      return show(id, `${state.padEnd(9)} ${bar}`);
    },
  };
}
