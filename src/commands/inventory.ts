import { command, flag, off, oneOfOr, port, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { noWayIn } from '../fleet/jump.ts';
import { jumpSettings, openSshSettings } from '../fleet/openssh.ts';
import { type InspectedNode, inspectNodes } from '../known-clusters/inspect.ts';
import type { Setting } from '../ssh/openssh/options.ts';
import { proxyCommand } from '../ssh/openssh/proxy.ts';
import { ansibleInventory } from './inventory/ansible.ts';
import { type InventoryHost, isHostName } from './inventory/host.ts';

const options = {
  format: oneOfOr('<kind>', ['ansible', 'hosts', 'prometheus', 'json'], 'ansible', 'for which program'),
  private: flag('the addresses inside the VPC'),
  port: port('<port>', 9100, 'prometheus: where the nodes serve their metrics'),
  swarm: off('do not ask the nodes for their roles: those of the description'),
};

type InventoryOptions = Values<typeof options>;

export default command({
  arguments: '[pattern...]',
  summary: 'list nodes for Ansible, Prometheus or /etc/hosts',
  description:
    'list nodes for Ansible (YAML: groups managers and workers, with login, key and pinned host key), for ' +
    '/etc/hosts, for Prometheus (file_sd), or as JSON',
  options,
  examples: [
    ['belt inventory > inventory.yaml', 'then: ansible -i inventory.yaml managers -m ping'],
    ['belt inventory --format hosts --private', 'lines for /etc/hosts'],
    ["belt inventory --format prometheus --port 9323 'web-*'", ''],
  ],
  run: (context, { pattern }, options) => inventory(context, pattern, options),
});

/** `belt inventory` — the nodes in the format of another program. */
async function inventory(context: Context, patterns: readonly string[], options: InventoryOptions): Promise<void> {
  const { out } = context;
  const nodes = await inspectNodes(context, patterns, { asksSwarm: options.swarm && options.format !== 'hosts' });
  const hosts = await hostsOf(context, nodes, options);
  if (out.json || options.format === 'json') return out.document(hosts.map(jsonOf));
  if (options.format === 'prometheus') return out.document(hosts.map((host) => targetOf(host, options.port)));
  if (options.format === 'hosts') return out.lines(hosts.map(({ address, name }) => `${address}\t${name}`));
  out.lines(ansibleInventory(hosts).trimEnd().split('\n'));
}

/** Those that have an address, and a name that is one; the others are told of. */
async function hostsOf(
  context: Context,
  nodes: readonly InspectedNode[],
  options: InventoryOptions,
): Promise<InventoryHost[]> {
  const settings = await context.settings();
  const { sshKeyPath } = settings;
  const settingsOf = await openSshSettings(context, { keyPath: sshKeyPath });
  const isBehind = (node: InspectedNode) => !options.private && node.publicAddress === null;
  const noWay = noWayIn(await context.state(), settings);
  const jump = noWay === undefined && nodes.some(isBehind) ? await jumpSettings(context, settingsOf) : undefined;
  return nodes.flatMap((node): InventoryHost[] => {
    const address = options.private || (jump && isBehind(node)) ? node.privateAddress : node.publicAddress;
    if (address === null || !isHostName(node.name)) {
      const why =
        address !== null
          ? 'no other program takes such a name'
          : node.privateAddress === null
            ? 'it has no address yet'
            : `it has no public address, and ${noWay}`;
      context.out.warn(`${node.name} is left out: ${why}`);
      return [];
    }
    const { pins, login } = settingsOf(node);
    const way: Setting[] = jump && isBehind(node) ? [['ProxyCommand', proxyCommand('ssh', jump)]] : [];
    return [
      {
        ...node,
        address,
        user: node.ssh.user,
        port: node.ssh.port,
        keyPath: sshKeyPath,
        jump: way.length > 0 ? settings.sshJump : undefined,
        sshSettings: [...pins, ...(sshKeyPath === undefined ? login : []), ...way],
      },
    ];
  });
}

const jsonOf = ({ sshSettings: _settings, keyPath, jump, ...host }: InventoryHost) => ({
  name: host.name,
  id: host.id,
  cluster: host.cluster,
  role: host.role,
  address: host.address,
  publicAddress: host.publicAddress,
  privateAddress: host.privateAddress,
  region: host.region,
  size: host.size,
  tags: host.tags,
  user: host.user,
  port: host.port,
  keyPath: keyPath ?? null,
  ...(jump !== undefined && { jump }),
});

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config */
const targetOf = ({ name, address, cluster, role, region, size }: InventoryHost, port: number) => ({
  targets: [`${address}:${port}`],
  labels: { node: name, cluster, ...(role !== null && { role }), region, size },
});
