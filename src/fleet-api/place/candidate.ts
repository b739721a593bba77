// A node as the scheduler sees it. Pure.
import type { Image } from '../types.ts';
import { type HostPort, isReplaced, type Needs, type Wish } from './wish.ts';

/** A container that is on the node, or about to be. */
export interface Occupant extends Needs {
  id: string;
  /** Without slashes; empty for one that has none yet. */
  name: string;
  labels: Readonly<Record<string, string>>;
}

export interface Candidate {
  id: string;
  name: string;
  /** Of the engine, with what it says of itself: `storagedriver`, `kernelversion`, `operatingsystem`, `ostype`. */
  labels: Readonly<Record<string, string>>;
  isHealthy: boolean;
  cpus: number;
  memoryBytes: number;
  occupants: readonly Occupant[];
  images: readonly Image[];
}

/** What is beside the container once it runs: not what it replaces. */
export const beside = (wish: Pick<Wish, 'labels'>, { occupants }: Candidate): readonly Occupant[] =>
  occupants.filter((one) => !isReplaced(wish, one));

const isEverywhere = (ip: string): boolean => ip === '' || ip === '0.0.0.0' || ip === '::';

/** Whether both cannot be on one node: unlike in Swarm v1, 53/udp and 53/tcp can. */
export const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || isEverywhere(a.ip) || isEverywhere(b.ip));

export const find = ({ occupants }: Candidate, word: string): Occupant | undefined =>
  occupants.find(({ id, name }) => id === word || name === word) ??
  occupants.find(({ id }) => word !== '' && id.startsWith(word));
