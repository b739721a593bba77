export type Role = 'manager' | 'worker';
export type Availability = 'active' | 'pause' | 'drain';

/** Whether an entry of the swarm has an address of this machine: a swarm may use the private ones, or the public ones. */
export const isAt = (
  { address }: Pick<SwarmNode, 'address'>,
  machine: { publicAddress?: string | undefined; privateAddress?: string | undefined },
): boolean => address !== '' && (address === machine.privateAddress || address === machine.publicAddress);

/** Whether a machine has one of these addresses. */
export const isAtOneOf = (
  addresses: ReadonlySet<string>,
  {
    publicAddress = '',
    privateAddress = '',
  }: { publicAddress?: string | undefined; privateAddress?: string | undefined },
): boolean => addresses.has(privateAddress) || addresses.has(publicAddress);

/** Whether the leader has yet to hear of the node, as a new one has of all: it gives it no tasks meanwhile. */
export const isUnheard = ({ state }: Pick<SwarmNode, 'state'>): boolean => state === 'unknown';

/** A node as a manager lists it (Engine API, `GET /nodes`). */
export interface SwarmNode {
  id: string;
  hostname: string;
  role: Role;
  availability: Availability;
  /** `ready`, `down` … */
  state: string;
  address: string;
  /** For managers: `reachable`, `unreachable`, `unknown`. */
  reachability: string | undefined;
  leader: boolean;
  labels: Readonly<Record<string, string>>;
  /** Its engine as reported by the node; the version is empty until it is reported. */
  /** As its engine reports it: `linux`, `x86_64`. */
  platform?: { os: string; architecture: string } | undefined;
  engine: { version: string; labels: Readonly<Record<string, string>> };
}
