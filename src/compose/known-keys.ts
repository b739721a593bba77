// Keys of Compose files: those that a stack honours, and those that Swarm does not support, with what to say of them.

/** Why a key is left out, or `''` where its name says enough. */
type Dropped = Readonly<Record<string, Why>>;

interface Why {
  text: string;
  hint?: string;
}

export interface Keys {
  honoured: readonly string[];
  dropped: Dropped;
  /** Keys that belong to an inner mapping, and where. */
  elsewhere?: Readonly<Record<string, string>>;
}

const no = (text = 'Swarm has nothing like it', hint?: string): Why => ({ text, ...(hint !== undefined && { hint }) });
const each = (keys: readonly string[], why: Why): Dropped => Object.fromEntries(keys.map((key) => [key, why]));

export const DEPLOY_KEYS: Keys = {
  honoured: [
    ...['mode', 'replicas', 'labels', 'endpoint_mode', 'placement', 'resources', 'restart_policy', 'update_config'],
    'rollback_config',
  ],
  dropped: {},
};

export const SERVICE_KEYS: Keys = {
  honoured: [
    ...[
      'build',
      'cap_add',
      'cap_drop',
      'command',
      'configs',
      'cpus',
      'credential_spec',
      'depends_on',
      'deploy',
      'dns',
      'dns_opt',
    ],
    ...[
      'dns_search',
      'entrypoint',
      'env_file',
      'environment',
      'extra_hosts',
      'group_add',
      'healthcheck',
      'hostname',
      'image',
    ],
    ...[
      'init',
      'isolation',
      'label_file',
      'labels',
      'logging',
      'mem_limit',
      'mem_reservation',
      'networks',
      'oom_score_adj',
    ],
    ...[
      'pids_limit',
      'platform',
      'ports',
      'profiles',
      'read_only',
      'restart',
      'scale',
      'secrets',
      'shm_size',
      'stdin_open',
    ],
    ...['stop_grace_period', 'stop_signal', 'sysctls', 'tmpfs', 'tty', 'ulimits', 'user', 'volumes', 'working_dir'],
  ],
  dropped: {
    container_name: no('a service has a task on each of several nodes, and each task a name of its own'),
    expose: no('not needed: services of one network reach each other’s ports'),
    links: no(
      'not needed: services of one network find each other by name',
      'for another name: networks: {default: {aliases: [NAME]}}',
    ),
    external_links: no('services of one network find each other by name'),
    privileged: no('Swarm has no privileged tasks', 'give the rights that it needs: cap_add: [NET_ADMIN]'),
    devices: no('Swarm gives tasks no devices'),
    gpus: no('Swarm gives tasks no devices', 'deploy.resources.reservations.generic_resources'),
    network_mode: no(
      'Swarm attaches tasks to networks',
      'for the node’s own: networks: {hostnet: {}}, and networks: {hostnet: {external: true, name: host}}',
    ),
    security_opt: no('Swarm does not support it'),
    pull_policy: no('each node pulls what it does not have'),
    volumes_from: no('Swarm has nothing like it', 'a named volume in both services'),
    annotations: no(),
    ...each(['attach', 'develop'], no('it is for docker compose alone')),
    ...each(
      ['blkio_config', 'cpu_count', 'cpu_percent', 'cpu_period', 'cpu_quota', 'cpu_rt_period', 'cpu_rt_runtime'],
      no(),
    ),
    ...each(['cpu_shares', 'cpuset', 'mem_swappiness', 'memswap_limit', 'oom_kill_disable', 'storage_opt'], no()),
    ...each(
      ['cgroup', 'cgroup_parent', 'cgroupns_mode', 'device_cgroup_rules', 'domainname', 'ipc', 'mac_address'],
      no(),
    ),
    ...each(['pid', 'runtime', 'userns_mode', 'uts', 'volume_driver', 'post_start', 'pre_stop', 'pre_start'], no()),
    ...each(['use_api_socket', 'provider', 'models', 'credentials'], no()),
  },
  elsewhere: Object.fromEntries(DEPLOY_KEYS.honoured.map((key) => [key, `deploy.${key}`])),
};

export const NETWORK_KEYS: Keys = {
  honoured: [
    ...[
      'name',
      'driver',
      'driver_opts',
      'external',
      'internal',
      'attachable',
      'labels',
      'ipam',
      'enable_ipv4',
      'enable_ipv6',
    ],
  ],
  dropped: {},
};

export const SERVICE_NETWORK_KEYS: Keys = {
  honoured: ['aliases', 'driver_opts'],
  dropped: {
    ...each(
      ['ipv4_address', 'ipv6_address', 'link_local_ips', 'mac_address'],
      no('Swarm chooses the addresses of tasks'),
    ),
    ...each(['priority', 'gw_priority', 'interface_name'], no()),
  },
};

export const VOLUME_KEYS: Keys = { honoured: ['name', 'driver', 'driver_opts', 'external', 'labels'], dropped: {} };

export const DATA_KEYS: Keys = {
  honoured: [
    'name',
    'file',
    'environment',
    'content',
    'external',
    'labels',
    'driver',
    'driver_opts',
    'template_driver',
  ],
  dropped: {},
};

export const HEALTH_KEYS: Keys = {
  honoured: ['test', 'interval', 'timeout', 'retries', 'start_period', 'start_interval', 'disable'],
  dropped: {},
};

export const PORT_KEYS: Keys = {
  honoured: ['target', 'published', 'protocol', 'mode', 'host_ip', 'name'],
  dropped: { app_protocol: no() },
};

export const MOUNT_KEYS: Keys = {
  honoured: ['type', 'source', 'target', 'read_only', 'consistency', 'bind', 'volume', 'tmpfs'],
  dropped: { image: no() },
};

export const UPDATE_KEYS: Keys = {
  honoured: ['parallelism', 'delay', 'failure_action', 'monitor', 'max_failure_ratio', 'order'],
  dropped: {},
};

export const RESTART_KEYS: Keys = { honoured: ['condition', 'delay', 'max_attempts', 'window'], dropped: {} };
export const PLACEMENT_KEYS: Keys = { honoured: ['constraints', 'preferences', 'max_replicas_per_node'], dropped: {} };
export const RESOURCES_KEYS: Keys = { honoured: ['limits', 'reservations'], dropped: {} };
export const LIMITS_KEYS: Keys = { honoured: ['cpus', 'memory', 'pids'], dropped: {} };
export const RESERVATIONS_KEYS: Keys = {
  honoured: ['cpus', 'memory', 'generic_resources'],
  dropped: { devices: no('Swarm gives tasks no devices', 'generic_resources') },
};
export const REFERENCE_KEYS: Keys = { honoured: ['source', 'target', 'uid', 'gid', 'mode'], dropped: {} };
