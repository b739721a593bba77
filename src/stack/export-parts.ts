// What services refer to, as a Compose file declares it. Pure.
import type { ApiData, ApiNetwork, ApiService } from '../engine/stack-calls.ts';
import { CONTENT, isOf, KEY, type Labelled, STACK } from './labels.ts';

/** A text of a file: a dollar sign begins a variable there. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** A mapping, or where a key would be taken for one of the file's own (`x-…`, `<<`), a list. */
export function pairs(values: Labelled | object): Record<string, string> | string[] | undefined {
  const entries = Object.entries((values ?? {}) as Record<string, string>);
  if (entries.length === 0) return undefined;
  const isPlain = entries.every(([key]) => !/^(x-|<<$)/.test(key));
  return isPlain
    ? Object.fromEntries(entries.map(([key, value]) => [key, literal(value)]))
    : entries.map(([key, value]) => literal(`${key}=${value}`));
}

/** Labels that are not the stack's own. */
export const labelsBut = (labels: Labelled, ...others: readonly string[]) =>
  pairs(Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => ![STACK, ...others].includes(key))));

/** Only what is set. */
export const set = (values: Record<string, unknown>): Record<string, unknown> | undefined => {
  const found = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return found.length === 0 ? undefined : Object.fromEntries(found);
};

/** A config or a secret that services use. */
export interface UsedData {
  kind: 'configs' | 'secrets';
  key: string;
  data: ApiData;
  stack: string;
  /** By which a file refers to it. */
  as: string;
}

/** With its content, where that is known and text; else it has to be there. */
export function exportData({ kind, key, data: { Spec }, stack, as }: UsedData): object {
  const { Name, Labels, Data, Templating } = Spec;
  const content = kind === 'configs' && isOf(Labels, stack) && Data ? textOf(Data) : undefined;
  if (content === undefined) return external(key, as);
  const isByContent = Labels?.[KEY] === key;
  return set({
    name: isByContent ? undefined : literal(Name),
    content: literal(content),
    labels: labelsBut(Labels, KEY, CONTENT),
    template_driver: Templating?.Name,
  })!;
}

/** Undefined for bytes that no text has. */
function textOf(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) && text !== '' && !text.startsWith('\uFEFF') ? text : undefined;
}

/** Two of a kind may have the same: `shop_web` of the stack shop and another's `web`, or two versions of a config. */
export function unique(keys: Set<string>, wanted: string): string {
  let key = wanted;
  for (let n = 2; keys.has(key); n++) key = `${wanted}_${n}`;
  keys.add(key);
  return key;
}

/** A network that services use. */
export interface UsedNetwork {
  /** Its key in the file, for services to refer to. */
  key: string;
  network: ApiNetwork;
}

/** By name. The stack's own come first: theirs is the plain key. */
export function networksIn(stack: string, networks: Iterable<ApiNetwork>): ReadonlyMap<string, UsedNetwork> {
  const keys = new Set<string>();
  const own = ({ Labels }: ApiNetwork) => isOf(Labels, stack);
  const all = [...networks];
  const ordered = [...all.filter(own), ...all.filter((one) => !own(one))];
  return new Map(
    ordered.map((network) => [network.Name, { network, key: unique(keys, keyFor(stack, network.Name, own(network))) }]),
  );
}

const keyFor = (stack: string, name: string, isOwn: boolean): string =>
  isOwn && name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name;

/** Of the driver, swarm's own: the numbers of its overlays. */
const OWN_OPTION = 'com.docker.network.driver.overlay.vxlanid_list';

/** Subnets are left out: Swarm does not tell those that it chose from those that a file did. */
export function exportNetwork(stack: string, { key, network }: UsedNetwork): [string, object] {
  const { Name, Labels, Driver, Attachable, Internal, EnableIPv6, Options } = network;
  if (!isOf(Labels, stack)) return [key, external(key, Name)];
  const { [OWN_OPTION]: _, ...options } = Options ?? {};
  const said = set({
    name: Name === `${stack}_${key}` ? undefined : literal(Name),
    driver: Driver === 'overlay' ? undefined : (Driver ?? undefined),
    attachable: Attachable || undefined,
    internal: Internal || undefined,
    enable_ipv6: EnableIPv6 || undefined,
    driver_opts: pairs(options),
    labels: labelsBut(Labels),
  });
  return [key, said ?? {}];
}

const external = (key: string, name: string): object => ({
  external: true,
  ...(name !== key && { name: literal(name) }),
});

interface VolumeMount {
  Type?: string;
  Source?: string;
  VolumeOptions?: { Labels?: Labelled; DriverConfig?: { Name?: string; Options?: Record<string, string> } } | null;
}

/** Named volumes are in the services' mounts alone. */
export function exportVolumes(stack: string, services: readonly ApiService[]) {
  const mounts = services.flatMap(({ Spec }) => {
    const { Mounts } = (Spec.TaskTemplate['ContainerSpec'] ?? {}) as { Mounts?: VolumeMount[] | null };
    return (Mounts ?? []).filter(({ Type, Source }) => Type === 'volume' && Source);
  });
  const isOwn = ({ VolumeOptions }: VolumeMount) => isOf(VolumeOptions?.Labels, stack);
  const taken = new Set<string>();
  const keys = new Map<string, string>();
  const declared: [string, object][] = [];
  // The stack's own come first: theirs is the plain key.
  for (const mount of [...mounts.filter(isOwn), ...mounts.filter((one) => !isOwn(one))]) {
    const { Source: name = '', VolumeOptions } = mount;
    if (keys.has(name)) continue;
    const key = unique(taken, keyFor(stack, name, isOwn(mount)));
    keys.set(name, key);
    const { Labels, DriverConfig } = VolumeOptions ?? {};
    const own = set({
      name: name === `${stack}_${key}` ? undefined : literal(name),
      driver: DriverConfig?.Name || undefined,
      driver_opts: pairs(DriverConfig?.Options ?? {}),
      labels: labelsBut(Labels),
    });
    declared.push([key, isOwn(mount) ? (own ?? {}) : external(key, name)]);
  }
  return { keys: keys as ReadonlyMap<string, string>, declared };
}
