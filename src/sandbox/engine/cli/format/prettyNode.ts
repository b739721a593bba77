// `docker node inspect --pretty`.

import type { NodeJson } from '../../model/node.ts';
import { titled } from './template.ts';
import { bytesSize } from './units.ts';

/** One node, for people. */
export function prettyNode(node: NodeJson): string {
  const { Description, ManagerStatus, Status, Spec } = node;
  const { Engine, Platform, Resources, TLSInfo } = Description;
  const lines = [
    `ID:\t\t\t${node.ID}`,
    ...labelLines('Labels:', Spec.Labels),
    `Hostname:              \t${Description.Hostname}`,
    `Joined at:             \t${node.CreatedAt.replace('T', ' ').replace('Z', '')} +0000 utc`,
    'Status:',
    ` State:\t\t\t${titled(Status.State)}`,
    ...(Status.Message === undefined ? [] : [` Message:              \t${titled(Status.Message)}`]),
    ` Availability:         \t${titled(Spec.Availability)}`,
    ` Address:\t\t${Status.Addr}`,
    ...(ManagerStatus === undefined
      ? []
      : [
          'Manager Status:',
          ` Address:\t\t${ManagerStatus.Addr}`,
          ` Raft Status:\t\t${titled(ManagerStatus.Reachability)}`,
          ` Leader:\t\t${ManagerStatus.Leader === true ? 'Yes' : 'No'}`,
        ]),
    'Platform:',
    ` Operating System:\t${Platform.OS}`,
    ` Architecture:\t\t${Platform.Architecture}`,
    'Resources:',
    ` CPUs:\t\t\t${Resources.NanoCPUs / 1e9}`,
    ` Memory:\t\t${bytesSize(Resources.MemoryBytes)}`,
    'Plugins:',
    ...pluginLines(Engine.Plugins),
    `Engine Version:\t\t${Engine.EngineVersion}`,
    ...labelLines('Engine Labels:', Engine.Labels ?? {}),
    'TLS Info:',
    ` TrustRoot:\n${TLSInfo.TrustRoot}`,
    ` Issuer Subject:\t${TLSInfo.CertIssuerSubject}`,
    ` Issuer Public Key:\t${TLSInfo.CertIssuerPublicKey}`,
  ];
  return `${lines.join('\n')}\n`;
}

function labelLines(title: string, labels: Readonly<Record<string, string>>): string[] {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return [];
  return [title, ...sorted.map(([key, value]) => ` - ${key}${value === '' ? '' : `=${value}`}`)];
}

function pluginLines(plugins: readonly { Type: string; Name: string }[]): string[] {
  return ['Log', 'Network', 'Volume'].map((type) => {
    const names = plugins.filter(({ Type }) => Type === type).map(({ Name }) => Name);
    return ` ${type}:\t\t${names.join(', ')}`;
  });
}
