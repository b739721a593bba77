// What Docker's words became between 20.10 and 28.2, where the machine's own Docker is an older one: its words are read
// as the newer would have said them. Whatever is not here must be the same. An entry stands only for a change that is
// known; the simulation follows the newer.

interface Change {
  /** The first version with the newer words, and what changed. */
  since: string;
  why: string;
  older: RegExp;
  newer: string;
}

const changes: readonly Change[] = [
  {
    since: '23.0',
    why: 'API errors about filters begin in lower case',
    older: /Invalid filter '/g,
    newer: "invalid filter '",
  },
  {
    since: '23.0',
    why: 'a newer gRPC writes a colon before the cause',
    older: /transport: Error while dialing dial/g,
    newer: 'transport: Error while dialing: dial',
  },
  {
    since: '23.0',
    why: 'info tells whether overlay2 uses metacopy',
    older: /^( {2}Supports d_type: true\n)(?! {2}Using metacopy)/gm,
    newer: '$1  Using metacopy: false\n',
  },
  {
    since: '23.0',
    why: 'the builtin seccomp profile is told by that name',
    older: /^( {3}Profile: )default$/gm,
    newer: '$1builtin',
  },
  {
    since: '23.0',
    why: 'the runtime of containerd 1.0 is gone',
    older: /^( Runtimes:.*?) io\.containerd\.runtime\.v1\.linux/gm,
    newer: '$1',
  },
  {
    since: '25.0',
    why: 'the logentries log driver is gone',
    older:
      /( logentries,| logentries\b|,\{"Type":"Log","Name":"logentries"\}|\{\s*"Type": "Log",\s*"Name": "logentries"\s*\},\s*)/g,
    newer: '',
  },
  {
    since: '28.0',
    why: 'info tells where CDI devices are described',
    older: /^( {2}Log: .*\n)(?! CDI spec directories)/gm,
    newer: '$1 CDI spec directories:\n  /etc/cdi\n  /var/run/cdi\n',
  },
  {
    since: '28.0',
    why: 'registries on the IPv6 loopback are insecure ones too',
    older: /^( Insecure Registries:\n)(?! {2}::1)/gm,
    newer: '$1  ::1/128\n',
  },
];

/** Options that a client shows only where the engine's API knows them. */
const options: readonly Change[] = [
  {
    since: '25.0',
    why: 'API 1.44: a health check while the container starts',
    older: /^( +--health-start-period duration )/gm,
    newer:
      '      --health-start-interval duration   Time between running the check\n   during the start period (ms|s|m|h)\n$1',
  },
  {
    since: '28.0',
    why: 'API 1.46: OomScoreAdj',
    older: /^( +--placement-pref)(?=(-add)? pref )/gm,
    newer: "      --oom-score-adj int   Tune host's OOM preferences\n   (-1000 to 1000)\n$1",
  },
  {
    since: '28.0',
    why: 'API 1.47: images as a tree',
    older: /^( +-q, --quiet +Only show image IDs\n)/gm,
    newer: '$1      --tree   List multi-platform images as a tree (EXPERIMENTAL)\n',
  },
  {
    since: '28.0',
    why: 'API 1.48: one platform of an image',
    older: /^( +-o, --output string +Write to a file, instead of STDOUT\n)/gm,
    newer: `$1${platform('Save')}`,
  },
  {
    since: '28.0',
    why: 'API 1.48: one platform of an image',
    older: /^(?= +-q, --quiet +Suppress the load output\n)/gm,
    newer: platform('Load'),
  },
];

function platform(verb: string): string {
  return `      --platform string   ${verb} only the given platform variant. Formatted\n   as "os[/arch[/variant]]" (e.g., "linux/amd64")\n`;
}

/** Whether a version is older than another: `20.10.24+dfsg1` than `23.0`. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number.parseFloat);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number.parseFloat);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

/** A text of an engine of this version, in the newer words. */
export function renewed(text: string, version: string): string {
  let newer = text;
  for (const change of [...changes, ...options])
    if (isOlder(version, change.since)) newer = newer.replace(change.older, change.newer);
  return newer;
}
