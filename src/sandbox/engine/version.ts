// Which Docker the simulated engines say they are.

export const ENGINE = {
  version: '28.2.2',
  apiVersion: '1.50',
  minApiVersion: '1.24',
  goVersion: 'go1.24.3',
  clientCommit: 'e6534b4',
  engineCommit: '45873be',
  engineBuilt: '2025-05-30T12:07:26.000000000+00:00',
  os: 'linux',
  arch: 'amd64',
  kernel: '6.8.0-71-generic',
  operatingSystem: 'Ubuntu 24.04.3 LTS',
} as const;
