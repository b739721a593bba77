// The engine's errors, as its API returns them: a status and a message.

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const unavailable = (message: string) => () => new EngineError(503, message);

export const notInSwarm = unavailable('This node is not part of a swarm');

export const alreadyInSwarm = unavailable(
  'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.',
);

export const joinTimedOut = unavailable(
  'Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.',
);

export const connectionRefused = (remote: string) =>
  new EngineError(
    503,
    `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp ${remote}: connect: connection refused"`,
  );

export const notManager = unavailable(
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
);

export const onlyWorker = unavailable(
  "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.",
);

export const swarmLocked = unavailable(
  'Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.',
);

export const noLeader = () =>
  new EngineError(
    500,
    "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.",
  );

const RPC_STATUS = { InvalidArgument: 400, NotFound: 404, AlreadyExists: 409, FailedPrecondition: 400, Unknown: 500 };

/** A refusal of the swarm's control API, whose gRPC code decides the HTTP status. */
export const rpcError = (code: keyof typeof RPC_STATUS, what: string) =>
  new EngineError(RPC_STATUS[code], `rpc error: code = ${code} desc = ${what}`);

export const outOfSequence = () => rpcError('Unknown', 'update out of sequence');

export const notFound = (kind: 'node' | 'service' | 'task', name: string) =>
  new EngineError(404, `${kind} ${name} not found`);
