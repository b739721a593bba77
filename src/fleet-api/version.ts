// API versions: the client's, in the path, and those of engines that may be older or younger than each other.

export interface VersionRange {
  /** As in `1.24`. */
  min: string;
  max: string;
}

/** A request's path without the version in front of it. */
export interface Asked {
  /** The client's version; undefined where it names none. */
  version: string | undefined;
  path: string;
}

export function withoutVersion(path: string): Asked {
  const [, version, rest] = /^\/v(\d+\.\d+)(\/.*)$/.exec(path) ?? [];
  return { version, path: rest ?? path };
}

const parts = (version: string): [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};

/** Below 0 where the first is older. */
export function compareVersions(a: string, b: string): number {
  const [[majorA, minorA], [majorB, minorB]] = [parts(a), parts(b)];
  return majorA - majorB || minorA - minorB;
}

const oldest = (versions: readonly string[]): string => versions.reduce((a, b) => (compareVersions(a, b) <= 0 ? a : b));

/** The versions that every client may speak to all of them: no engine's newest is exceeded. Empty lists have the oldest there is. */
export function commonVersions(ranges: readonly VersionRange[]): VersionRange {
  if (ranges.length === 0) return { min: '1.24', max: '1.24' };
  return { min: oldest(ranges.map(({ min }) => min)), max: oldest(ranges.map(({ max }) => max)) };
}

/** The version for one engine: what the client asked for, as far as the engine has it. */
export function versionFor(asked: string | undefined, { min, max }: VersionRange): string {
  if (asked === undefined || compareVersions(asked, max) > 0) return max;
  return compareVersions(asked, min) < 0 ? min : asked;
}
