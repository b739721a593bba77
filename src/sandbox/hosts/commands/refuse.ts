// Refuses what a simulated host does not support.
import { NOT_PLAYED, NOT_PLAYED_CODE } from '../../engine/not-played.ts';
import type { Process } from '../process.ts';

/** Prints what is not supported and returns the exit code. */
export async function refuse(process: Process, what: string): Promise<number> {
  await process.err(`${what}: ${NOT_PLAYED}\n`);
  return NOT_PLAYED_CODE;
}
