// What a new node goes through, in order, and the words for it: one place for the terminal, the plain lines and the events.

export const PHASES = [
  'creating',
  'booting',
  'waiting for SSH',
  'running cloud-init',
  'waiting for Docker',
  'joining the swarm',
] as const;

export type Phase = (typeof PHASES)[number];

/** What is said of a node whose phase is over; of its joining, the command says more itself. */
export const OVER: Readonly<Record<Phase, string>> = {
  creating: 'created',
  booting: 'has an address',
  'waiting for SSH': 'SSH answers',
  'running cloud-init': 'cloud-init finished',
  'waiting for Docker': 'Docker answers',
  'joining the swarm': 'in the swarm',
};

/** Whether a node in the first phase has the second behind it. */
export const isBeyond = (phase: Phase, other: Phase): boolean => PHASES.indexOf(phase) > PHASES.indexOf(other);
