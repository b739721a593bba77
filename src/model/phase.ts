// The phases of a new node, in order, and their names: one place for the terminal, the plain lines and the events.

export const PHASES = [
  'creating',
  'booting',
  'waiting for SSH',
  'running cloud-init',
  'waiting for Docker',
  'joining the swarm',
] as const;

export type Phase = (typeof PHASES)[number];

/** What is printed when a node's phase is over; about joining, the command says more itself. */
export const OVER: Readonly<Record<Phase, string>> = {
  creating: 'created',
  booting: 'has an address',
  'waiting for SSH': 'SSH answers',
  'running cloud-init': 'cloud-init finished',
  'waiting for Docker': 'Docker answers',
  'joining the swarm': 'in the swarm',
};

/** Whether the first phase comes after the second. */
export const isBeyond = (phase: Phase, other: Phase): boolean => PHASES.indexOf(phase) > PHASES.indexOf(other);
