// What a Docker client is told when a request cannot be carried out.

export class Refusal extends Error {
  readonly status: number;

  /** The status is 404 only where a thing is known not to exist: a client pulls an image at that, and scripts go on. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Nobody has it who said so: a node that did not may have it. */
export function notFound(message: string, unknown: readonly { name: string }[]): Refusal {
  if (unknown.length === 0) return new Refusal(404, message);
  const names = unknown.map(({ name }) => name).join(', ');
  const there = 'on the nodes that answer';
  const told = message.startsWith('No such ') ? message.replace(':', ` ${there}:`) : `${message} ${there}`;
  return new Refusal(500, `${told}; not answering: ${names}`);
}
