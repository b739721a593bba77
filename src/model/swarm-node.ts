export type Role = 'manager' | 'worker';
export type Availability = 'active' | 'pause' | 'drain';

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
