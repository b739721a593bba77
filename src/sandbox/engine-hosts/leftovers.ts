// Removes the leftovers of a sandbox with engine hosts that was killed.
import { hierarchies, removeGroup } from './cgroups.ts';
import { readRecord } from './record.ts';

/** Ends every process of the sandbox in this folder and removes its control groups; its folder is the caller's. */
export async function removeLeftovers(folder: string): Promise<void> {
  const record = readRecord(folder);
  if (record !== undefined) await removeGroup(hierarchies(), record.group);
}
