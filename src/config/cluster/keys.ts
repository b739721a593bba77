// The keys of `cluster:` that describe a cluster; only its name is a setting (config/keys.ts).
export const CLUSTER_KEYS = ['managers', 'workers', 'vpc', 'firewall', 'engine', 'swap', 'swarm'] as const;
