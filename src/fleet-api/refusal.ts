// What a Docker client is told when a request cannot be carried out.

export class Refusal extends Error {
  readonly status: number;

  /** The status is 404 only where a thing is known not to exist: a client pulls an image at that, and scripts go on. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What an engine said went wrong. */
export const messageIn = ({ body, status }: { body: unknown; status: number }): string => {
  const { message } = (typeof body === 'object' && body !== null ? body : {}) as { message?: unknown };
  return typeof message === 'string' ? message : `its Docker engine answered ${status}`;
};

/** Of nodes that are in no swarm. */
export class NoSwarm extends Refusal {}

/** What goes everywhere or nowhere stays where a node does not say whether it has it, too. */
export function notRemoved(what: string, unknown: readonly { name: string }[]): Refusal {
  const names = unknown.map(({ name }) => name).join(', ');
  return new Refusal(500, `${what} may be on nodes that do not answer as well: ${names}; nothing was removed`);
}

/** The same for clients that pull it at a 404: over one that is on a silent node they could pull a stranger's. */
export function noImage(message: string, unknown: readonly { name: string }[]): Refusal {
  const refusal = notFound(message, unknown);
  if (refusal.status === 404) return refusal;
  return new Refusal(refusal.status, `${refusal.message}; one that a registry has can be pulled: docker pull`);
}

/** Nobody has it who said so: a node that did not may have it. */
export function notFound(message: string, unknown: readonly { name: string }[]): Refusal {
  if (unknown.length === 0) return new Refusal(404, message);
  const names = unknown.map(({ name }) => name).join(', ');
  const there = 'on the nodes that answer';
  const told = message.startsWith('No such ') ? message.replace(':', ` ${there}:`) : `${message} ${there}`;
  return new Refusal(500, `${told}; not answering: ${names}`);
}
