// A cluster's name, as a user types it and as a command is told it.
import * as kinds from '../config/kinds.ts';
import { UsageError } from '../errors.ts';

const NOWHERE = { folder: '/', home: '/' };

/** The name as it was given. @throws UsageError for one that no tag could carry */
export function clusterName(word: string): string {
  const name = kinds.clusterName.read(word, NOWHERE);
  if (name !== undefined) return name;
  throw new UsageError(`a cluster's name must be ${kinds.clusterName.wants}, not ${JSON.stringify(word)}`);
}

/** What stands before a command that is about this cluster, whichever is chosen. */
export const clusterWords = (cluster: string): string => `BELT_CLUSTER=${cluster} `;
