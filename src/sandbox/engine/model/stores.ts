// Networks, configs and secrets, as the swarm's store has them.

export interface StoredNetwork {
  readonly id: string;
  readonly createdAt: string;
  readonly body: { Name: string; Driver?: string; Labels?: Record<string, string>; [other: string]: unknown };
}

/** A config or a secret; its data is base64. */
export interface StoredData {
  readonly id: string;
  readonly createdAt: string;
  readonly version: number;
  readonly spec: { Name: string; Labels?: Record<string, string>; Data?: string; [other: string]: unknown };
}

export type DataKind = 'config' | 'secret';
