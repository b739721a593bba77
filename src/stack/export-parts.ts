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
  if (content === undefined) return { external: true, ...(as !== key && { name: literal(as) }) };
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

/** Its key in the file, for services to refer to. */
export const networkKey = (stack: string, { Name, Labels }: ApiNetwork): string =>
  isOf(Labels, stack) && Name.startsWith(`${stack}_`) ? Name.slice(stack.length + 1) : Name;

/** Of the driver, swarm's own: the numbers of its overlays. */
const OWN_OPTION = 'com.docker.network.driver.overlay.vxlanid_list';

/** Subnets are left out: Swarm does not tell those that it chose from those that a file did. */
export function exportNetwork(stack: string, network: ApiNetwork): [string, object] {
  const key = networkKey(stack, network);
  const { Name, Labels, Driver, Attachable, Internal, EnableIPv6, Options } = network;
  if (!isOf(Labels, stack)) return [key, { external: true }];
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

interface VolumeMount {
  Type?: string;
  Source?: string;
  VolumeOptions?: { Labels?: Labelled; DriverConfig?: { Name?: string; Options?: Record<string, string> } } | null;
}

/** Named volumes are in the services' mounts alone. */
export function exportVolumes(stack: string, services: readonly ApiService[]) {
  const keys = new Map<string, string>();
  const declared = new Map<string, object>();
  for (const { Spec } of services) {
    const { Mounts } = (Spec.TaskTemplate['ContainerSpec'] ?? {}) as { Mounts?: VolumeMount[] | null };
    for (const { Type, Source, VolumeOptions } of Mounts ?? []) {
      if (Type !== 'volume' || !Source || keys.has(Source)) continue;
      const { Labels, DriverConfig } = VolumeOptions ?? {};
      const isOwn = isOf(Labels, stack);
      const key = isOwn && Source.startsWith(`${stack}_`) ? Source.slice(stack.length + 1) : Source;
      keys.set(Source, key);
      const own = set({
        name: Source === `${stack}_${key}` ? undefined : literal(Source),
        driver: DriverConfig?.Name || undefined,
        driver_opts: pairs(DriverConfig?.Options ?? {}),
        labels: labelsBut(Labels),
      });
      declared.set(key, isOwn ? (own ?? {}) : { external: true });
    }
  }
  return { keys: keys as ReadonlyMap<string, string>, declared: [...declared] };
}
