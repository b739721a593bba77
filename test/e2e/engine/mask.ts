// What differs between any two runs, out of a text: ids, times, addresses, tokens, and what a machine is.
import type { DropletStatus } from '../../../src/sandbox/api/status.ts';

type Replacement = readonly [pattern: RegExp, by: string];

const AGE =
  /\b(less than a second|\d+ seconds?|about a minute|\d+ minutes?|about an hour|\d+ (hours?|days?|weeks?|months?|years?)) ago/gi;

const replacements: readonly Replacement[] = [
  // Which of several runs comes first, and how long the others wait for it, differs from time to time.
  [/^waiting for `.*` \(process \d+, since .*\)…\n/gm, ''],
  [/SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}/g, '<token>'],
  [/SWMKEY-1-[A-Za-z0-9+/]{43}/g, '<unlock key>'],
  [/sha256:[0-9a-f]{64}/g, '<digest>'],
  [/\b[0-9a-f]{64}\b/g, '<container>'],
  [/\b[0-9a-z]{25}\b/g, '<id>'],
  [/(^|["\n])[0-9a-z]{12}(?=["\n ]|$)/g, '$1<short id>'],
  [/ (?=[a-f]*\d)[0-9a-f]{12}(?=[\n ]|$)/g, ' <short id>'],
  [/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, '<certificate>'],
  [/("CertIssuerPublicKey": ?)"[^"]*"|(Issuer Public Key:\t).*/g, '$1$2<key>'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000 UTC| \+0000 utc)/g, '<time>'],
  [AGE, '<time> ago'],
  [/\bUp (Less than a second|\d+ seconds?|About a minute|\d+ minutes?)/g, 'Up <time>'],
  [/("Index": ?)\d+/g, '$1<n>'],
  [/("Resources": ?\{\s*)"NanoCPUs": ?\d+,\s*"MemoryBytes": ?\d+(?=\s*\},\s*"Engine")/g, '$1<fact>'],
];

/** What the machine, or its packages, are: not how docker says it. */
const facts: readonly Replacement[] = [
  // A package of another house than Docker's has no name for the product.
  [/^(Client|Server): Docker Engine - Community$/gm, '$1:'],
  [/^( *(Version|API version|Go version|Git commit|GitCommit|Built|OS\/Arch):) *.*/gm, '$1 <fact>'],
  [/^( (containerd|runc|init) version:).*/gm, '$1 <fact>'],
  [/^( (Kernel Version|Operating System|CPUs|Total Memory|Server Version|Images|ID):).*/gm, '$1 <fact>'],
  [/^( Cgroup (Driver|Version):).*/gm, '$1 <fact>'],
  [/^( Security Options:\n)( {2}(apparmor|cgroupns)\n)?( {2}seccomp\n {3}Profile: .*\n)( {2}cgroupns\n)?/gm, '$1$4'],
  [/^( (CPUs|Memory):\t+|Engine Version:\t+).*/gm, '$1<fact>'],
  // Debian's build of 20.10 has none of its own.
  [/^ {2}(Default Address Pool|SubnetSize): .*\n/gm, ''],
  [/"DefaultAddrPool":(null|\[[^\]]*\])/g, '"DefaultAddrPool":<fact>'],
  // The image that the droplets have is not the registry's.
  [/(nginx:latest +)"[^"]*"/g, '$1<command>'],
  [/("Command":)"(?:[^"\\]|\\.)*"/g, '$1<command>'],
  [/("(Virtual)?Size":)"[\d.]+[kM]B"/g, '$1<size>'],
  [/(nginx +latest .* )[\d.]+[kM]B$/gm, '$1<size>'],
];

/** The text without them. */
export function mask(text: string, droplets: readonly DropletStatus[]): string {
  let masked = text;
  for (const { id, name, publicAddress, privateAddress } of droplets) {
    masked = masked
      .replaceAll(new RegExp(`\\b${publicAddress}\\b`, 'g'), `<${name}>`)
      .replaceAll(new RegExp(`\\b${privateAddress}\\b`, 'g'), `<${name} private>`)
      .replaceAll(new RegExp(`\\b${id}\\b`, 'g'), `<${name} id>`);
  }
  for (const [pattern, by] of [...replacements, ...facts]) masked = masked.replace(pattern, by);
  masked = mapsInOrder(nodesInOrder(withoutTheWay(masked)));
  return isTable(text) || /^Usage:/m.test(text) ? masked.replaceAll(/ {3,}/g, '   ').replaceAll(/ +$/gm, '') : masked;
}

/** How wide a column is hangs on what was masked in it. */
const isTable = (text: string): boolean => /^[A-Z ]+ {2,}[A-Z]/.test(text);

/** Docker takes these out of maps: in any order. */
const mapsInOrder = (text: string): string =>
  text
    .replaceAll(/"Labels":"([^"]*)"/g, (_, labels: string) => `"Labels":"${labels.split(',').sort().join(',')}"`)
    .replaceAll(/"RemoteManagers":\[(.*?)\]/g, (_, all: string) => `"RemoteManagers":[${all.split(/(?<=\}),/).sort()}]`)
    .replaceAll(/(\*:\d+->\d+\/\w+,?){2,}/g, (ports) => ports.split(',').sort().join(','))
    .replaceAll(/^ Runtimes: (.*)$/gm, (_, names: string) => ` Runtimes: ${names.split(' ').sort().join(' ')}`);

/** What several nodes say comes as each says it; of each node's the order stays. */
function nodesInOrder(text: string): string {
  const lines = text.split('\n');
  const nameOf = (line: string) => /^(?:\{"node":")?(node\d|plain\d)\b/.exec(line)?.[1];
  if (lines.slice(0, -1).some((line) => nameOf(line) === undefined)) return text;
  const sorted = lines.slice(0, -1).map((line, n) => ({ line, n, name: nameOf(line)! }));
  sorted.sort((a, b) => (a.name === b.name ? a.n - b.n : a.name < b.name ? -1 : 1));
  return [...sorted.map(({ line }) => line), ''].join('\n');
}

/** While tasks come up docker tells of it as often as it looks: what was before the end hangs on the machine. */
function withoutTheWay(text: string): string {
  const lines = text.split('\n');
  const told = new Set<string>();
  return lines
    .filter((line, n) => {
      if (/^verify: Waiting [0-4] seconds/.test(line)) return false;
      if (!/^(overall progress|verify): /.test(line)) return true;
      const [, done, all] = /(\d+) out of (\d+) tasks/.exec(line) ?? [];
      if (done !== undefined && done !== '0' && done !== all) return false;
      if (told.has(line) && n > 0) return false;
      told.add(line);
      return true;
    })
    .join('\n');
}
