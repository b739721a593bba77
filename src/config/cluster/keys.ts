// The keys of `cluster:` that say what a cluster is to be; its name alone is a setting (config/keys.ts).
export const CLUSTER_KEYS = ['managers', 'workers', 'vpc', 'firewall', 'engine', 'swap', 'swarm'] as const;
