// Which Docker the simulated engines say they are.

export const ENGINE = {
  version: '28.2.2',
  apiVersion: '1.50',
  minApiVersion: '1.24',
  goVersion: 'go1.24.3',
  clientCommit: 'e6534b4',
  engineCommit: '45873be',
  clientBuilt: '2025-05-30T12:07:14.000000000+00:00',
  engineBuilt: '2025-05-30T12:07:26.000000000+00:00',
  os: 'linux',
  arch: 'amd64',
  kernel: '6.8.0-71-generic',
  operatingSystem: 'Ubuntu 24.04.3 LTS',
  containerd: { version: 'v1.7.27', commit: '05044ec0a9a75232cad458027ca83437aae3f4da' },
  runc: { version: '1.2.5', commit: 'v1.2.5-0-g59923ef' },
  init: { version: '0.19.0', commit: 'de40ad0' },
} as const;

export const LOG_DRIVERS = [
  'awslogs',
  'fluentd',
  'gcplogs',
  'gelf',
  'journald',
  'json-file',
  'local',
  'splunk',
  'syslog',
];
export const NETWORK_DRIVERS = ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'];
export const VOLUME_DRIVERS = ['local'];
