// Networks: what is declared of them, and to which of them a service is attached.

import { by, given, some } from './bodies.ts';
import type { DesiredNetwork } from './desired.ts';
import { NETWORK_KEYS, SERVICE_NETWORK_KEYS } from './known-keys.ts';
import { named } from './merge.ts';
import { Reader } from './read.ts';
import { quoted, short } from './report.ts';
import type { NetworkAttachment, NetworkBody } from './spec.ts';
import { declarations, namedOf, type StackContext, scoped, stackLabels } from './stack-context.ts';
import { isNull, type Value } from './tree.ts';
import { checkKeys } from './unknown-keys.ts';

/** The network of services that name none. */
const DEFAULT = 'default';
/** Networks that each node has by itself have no names for services. */
const BUILT_IN = ['default', 'bridge', 'host', 'none'];

export function readNetworks(context: StackContext): Map<string, DesiredNetwork> {
  const networks = declarations(context, 'networks').map(([key, value]) => readNetwork(context, key, value));
  return new Map(networks.map((network) => [network.key, network]));
}

function readNetwork(context: StackContext, key: string, value: Value): DesiredNetwork {
  const reader = new Reader(value, context.report, `networks.${key}`);
  checkKeys(reader, NETWORK_KEYS);
  const { name, external } = namedOf(context, reader, key);
  const driver = reader.get('driver');
  if (!external && reader.text('driver') === 'bridge') {
    context.report.error(driver!, `networks.${key}: Swarm attaches no tasks to a bridge, which is one node’s own`, {
      hint: 'driver: overlay, or no driver',
    });
  }
  return { key, name, external, body: bodyOf(context, reader), at: value.at };
}

function bodyOf(context: StackContext, reader: Reader): NetworkBody {
  const options = reader.labels('driver_opts');
  return some<NetworkBody>({
    Driver: reader.text('driver') ?? 'overlay',
    Attachable: reader.boolean('attachable'),
    Internal: reader.boolean('internal'),
    EnableIPv4: reader.boolean('enable_ipv4'),
    EnableIPv6: reader.boolean('enable_ipv6'),
    Options: Object.keys(options).length === 0 ? undefined : options,
    Labels: stackLabels(context, reader.labels('labels')),
    IPAM: ipamOf(reader),
  });
}

function ipamOf(network: Reader): NetworkBody['IPAM'] {
  const ipam = network.inner('ipam');
  const configs = ipam.items('config').map((item) => {
    const one = new Reader(item, network.report, ipam.name('config'));
    const others = one.labels('aux_addresses');
    return some({
      Subnet: one.text('subnet'),
      Gateway: one.text('gateway'),
      IPRange: one.text('ip_range'),
      AuxiliaryAddresses: Object.keys(others).length === 0 ? undefined : others,
    });
  });
  const options = ipam.labels('options');
  return given<NonNullable<NetworkBody['IPAM']>>({
    Driver: ipam.text('driver'),
    Options: Object.keys(options).length === 0 ? undefined : options,
    Config: configs.length === 0 ? undefined : configs,
  });
}

/** Those that a service names, or the stack's default; in the order of their names, as Docker sends them. */
export function attachmentsOf(
  context: StackContext,
  service: Reader,
  name: string,
  declared: Map<string, DesiredNetwork>,
): NetworkAttachment[] {
  const attachments = namedNetworks(service).flatMap(([key, value]) => {
    const network = networkOf(context, key, value ?? service.value ?? context.whole, declared);
    return network ? [attachment(context, network, name, value)] : [];
  });
  return attachments.sort(by(({ Target }) => Target));
}

function namedNetworks(service: Reader): [string, Value | undefined][] {
  const value = service.get('networks');
  const found = value === undefined ? [] : new Reader(named(value), service.report, 'networks').all();
  return found.length === 0 ? [[DEFAULT, undefined]] : found;
}

/** The default network need not be declared. */
function networkOf(
  context: StackContext,
  key: string,
  value: Value,
  declared: Map<string, DesiredNetwork>,
): DesiredNetwork | undefined {
  const found = declared.get(key);
  if (found) return found;
  if (key !== DEFAULT) {
    context.report.error(value, `networks: there is no network ${quoted(key)}`, {
      hint: `declare it at the end of the file: networks: {${short(key)}: {}}`,
    });
    return undefined;
  }
  const body = { Driver: 'overlay', Labels: stackLabels(context, {}) };
  const network = { key, name: scoped(context, key), external: false, body, at: value.at };
  declared.set(key, network);
  return network;
}

function attachment(
  { report }: StackContext,
  { key, name: target }: DesiredNetwork,
  service: string,
  value: Value | undefined,
) {
  const reader = new Reader(isNull(value) ? undefined : value, report, `networks.${key}`);
  checkKeys(reader, SERVICE_NETWORK_KEYS);
  const aliases = [...reader.texts('aliases'), ...(BUILT_IN.includes(target) ? [] : [service])];
  const options = reader.labels('driver_opts');
  return some<NetworkAttachment>({
    Target: target,
    Aliases: aliases.length === 0 ? undefined : aliases,
    DriverOpts: Object.keys(options).length === 0 ? undefined : options,
  });
}
