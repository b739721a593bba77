// Volumes, bind mounts and tmpfs of a service, short and long.

import { given, some } from './bodies.ts';
import type { DesiredVolume } from './desired.ts';
import { MOUNT_KEYS, VOLUME_KEYS } from './known-keys.ts';
import { Reader } from './read.ts';
import { quoted } from './report.ts';
import { parseShortVolume } from './short-volume.ts';
import type { Mount } from './spec.ts';
import { type DeclaredVolume, declarations, namedOf, type StackContext, stackLabels } from './stack-context.ts';
import { child, type Scalar, type Value } from './tree.ts';
import { parseBytes } from './units.ts';
import { checkKeys } from './unknown-keys.ts';

export function readVolumes(context: StackContext): Map<string, DeclaredVolume & DesiredVolume> {
  return new Map(
    declarations(context, 'volumes').map(([key, value]) => {
      const reader = new Reader(value, context.report, `volumes.${key}`);
      checkKeys(reader, VOLUME_KEYS);
      const options = reader.labels('driver_opts');
      const driver = given({
        Name: reader.text('driver'),
        Options: Object.keys(options).length === 0 ? undefined : options,
      });
      const { name, external } = namedOf(context, reader, key);
      return [key, { key, name, external, at: value.at, labels: reader.labels('labels'), driver }];
    }),
  );
}

type Volumes = ReadonlyMap<string, DeclaredVolume>;

export function mountsOf(context: StackContext, service: Reader, volumes: Volumes): Mount[] {
  const found = service.items('volumes').flatMap((item) => {
    const mount = item.kind === 'scalar' ? shortMount(context, item, volumes) : longMount(context, item, volumes);
    return mount ?? [];
  });
  return [...found, ...service.scalars('tmpfs').map(tmpfsOf), ...sharedMemory(service)];
}

function shortMount(context: StackContext, item: Scalar, volumes: Volumes): Mount | undefined {
  const short = parseShortVolume(item.text);
  if (!short) {
    context.report.error(item, `volumes: ${quoted(item.text)} is not SOURCE:TARGET[:OPTIONS]`);
    return undefined;
  }
  const { type, source, target, isReadOnly, noCopy, propagation } = short;
  const foreign = type === 'bind' ? noCopy && 'nocopy' : propagation;
  const ignored = [...short.ignored, ...(foreign ? [foreign] : [])].join(', ');
  if (ignored !== '')
    context.report.drop(item, `volumes: ${ignored} has no effect on a ${type === 'bind' ? 'bind mount' : 'volume'}`);
  const base = { Target: target, ReadOnly: isReadOnly || undefined };
  if (type === 'bind') {
    const BindOptions = propagation === undefined ? undefined : { Propagation: propagation };
    return some<Mount>({ Type: 'bind', Source: context.files.resolve(item.folder, source!), ...base, BindOptions });
  }
  return volumeMount(context, item, volumes, { ...base, source, options: given({ NoCopy: noCopy || undefined }) });
}

interface VolumeWanted {
  source: string | undefined;
  Target: string;
  ReadOnly: boolean | undefined;
  Consistency?: string | undefined;
  options: Mount['VolumeOptions'];
}

/** Without a source it is a volume without a name. */
function volumeMount(context: StackContext, at: Value, volumes: Volumes, wanted: VolumeWanted): Mount | undefined {
  const { source, options, ...rest } = wanted;
  if (source === undefined) return some<Mount>({ Type: 'volume', ...rest, VolumeOptions: options });
  const volume = volumes.get(source);
  if (!volume) {
    context.report.error(at, `volumes: there is no volume ${quoted(source)}`, {
      hint: `declare it at the end of the file: volumes: {${source}: {}}`,
    });
    return undefined;
  }
  const own = volume.external ? {} : some({ Labels: stackLabels(context, volume.labels), DriverConfig: volume.driver });
  return some<Mount>({ Type: 'volume', Source: volume.name, ...rest, VolumeOptions: { ...options, ...own } });
}

const TYPES = ['volume', 'bind', 'tmpfs', 'npipe', 'cluster', 'image'] as const;

function longMount(context: StackContext, item: Value, volumes: Volumes): Mount | undefined {
  const reader = new Reader(item, context.report, 'volumes');
  checkKeys(reader, MOUNT_KEYS);
  const type = reader.oneOf('type', TYPES) ?? 'volume';
  const [source, target] = [reader.text('source'), reader.text('target')];
  if (target === undefined) {
    context.report.error(item, 'volumes: an entry needs a target');
    return undefined;
  }
  const base = {
    Target: target,
    ReadOnly: reader.boolean('read_only') || undefined,
    Consistency: reader.text('consistency'),
  };
  if (type === 'volume')
    return volumeMount(context, item, volumes, { source, ...base, options: volumeOptions(reader) });
  if (type === 'tmpfs') return some<Mount>({ Type: type, ...base, TmpfsOptions: tmpfsOptions(reader) });
  if (source === undefined) {
    context.report.error(item, `volumes: a ${type} mount needs a source`);
    return undefined;
  }
  const Propagation = reader.inner('bind').text('propagation');
  const BindOptions = Propagation === undefined ? undefined : { Propagation };
  const Source = type === 'bind' ? context.files.resolve(item.folder, source) : source;
  return some<Mount>({ Type: type, Source, ...base, BindOptions });
}

function volumeOptions(mount: Reader): Mount['VolumeOptions'] {
  const options = mount.inner('volume');
  return given({ NoCopy: options.boolean('nocopy') || undefined, Subpath: options.text('subpath') });
}

function tmpfsOptions(mount: Reader): Mount['TmpfsOptions'] {
  const options = mount.inner('tmpfs');
  return given({ SizeBytes: options.bytes('size'), Mode: options.integer('mode') });
}

/** `/run:size=64m,mode=1777` */
function tmpfsOf({ text }: Scalar): Mount {
  const [target = '', options = ''] = text.split(':');
  const values = new Map(options.split(',').map((one) => one.split('=') as [string, string | undefined]));
  const [size, mode] = [values.get('size'), values.get('mode')];
  const TmpfsOptions = given<NonNullable<Mount['TmpfsOptions']>>({
    SizeBytes: size === undefined ? undefined : parseBytes(size),
    Mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
  });
  return some<Mount>({ Type: 'tmpfs', Target: target, TmpfsOptions });
}

/** Swarm does not support shm_size, but a tmpfs in the same place is the same. */
function sharedMemory(service: Reader): Mount[] {
  const size = service.bytes('shm_size');
  return size === undefined ? [] : [{ Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: size } }];
}

/** Whether a value is a bind mount's, for what is to be said about it. */
export const sourceOf = (item: Value): string | undefined => {
  if (item.kind === 'scalar') return parseShortVolume(item.text)?.source;
  const source = child(item, 'source');
  return source?.kind === 'scalar' ? source.text : undefined;
};
