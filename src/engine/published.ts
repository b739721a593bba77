// The ports that a `docker service create` or `update` publishes, read from the words that the user typed. Pure.
// Docker reads options as pflag does: https://pkg.go.dev/github.com/spf13/pflag#section-readme (command line flag syntax).
import type { OpenPort } from '../config/cluster/types.ts';

/** Options without a value; all others have one. */
const SWITCHES: Readonly<Record<'docker' | 'create' | 'update', ReadonlySet<string>>> = {
  docker: new Set(['D', 'debug', 'tls', 'tlsverify', 'v', 'version', 'h', 'help']),
  create: switches(),
  update: switches('force', 'rollback'),
};

function switches(...more: string[]): ReadonlySet<string> {
  const both = ['detach', 'init', 'no-healthcheck', 'no-resolve-image', 'quiet', 'read-only', 'tty', 'help'];
  return new Set(['d', 'q', 't', 'h', ...both, 'with-registry-auth', ...more]);
}

/** These have docker talk to another engine than the node's. */
const ELSEWHERE = ['H', 'host', 'c', 'context'];

/** What is published under a number that the user chose, tcp and udp; docker's own choice is not known here. */
export function publishedPorts(words: readonly string[]): OpenPort[] {
  const docker = parse(words, { switches: SWITCHES.docker, stopsAtWord: true });
  const [group, verb, ...rest] = docker.words;
  if (group !== 'service' || (verb !== 'create' && verb !== 'update')) return [];
  // What follows the image is the container's own command.
  const { options } = parse(rest, { switches: SWITCHES[verb], stopsAtWord: verb === 'create' });
  const away = docker.options.some(({ name }) => ELSEWHERE.includes(name));
  if (away || options.some(({ name }) => name === 'help' || name === 'h')) return [];
  const names = verb === 'create' ? ['p', 'publish'] : ['publish-add'];
  const ports = options.filter(({ name }) => names.includes(name)).flatMap(({ value }) => portIn(value) ?? []);
  return [...new Map(ports.map((port) => [JSON.stringify(port), port])).values()];
}

interface Parsed {
  options: { name: string; value: string }[];
  /** What is no option; all from the first such word on where options end there. */
  words: string[];
}

function parse(
  given: readonly string[],
  { switches, stopsAtWord }: { switches: ReadonlySet<string>; stopsAtWord: boolean },
): Parsed {
  const parsed: Parsed = { options: [], words: [] };
  const left = [...given];
  const take = () => left.shift() ?? '';
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') parsed.words.push(...left.splice(0));
    else if (word.startsWith('--')) parsed.options.push(long(word.slice(2), switches, take));
    else if (/^-./.test(word)) parsed.options.push(...short(word.slice(1), switches, take));
    else parsed.words.push(word, ...(stopsAtWord ? left.splice(0) : []));
  }
  return parsed;
}

type Option = Parsed['options'][number];

function long(text: string, switches: ReadonlySet<string>, take: () => string): Option {
  const at = text.indexOf('=');
  if (at >= 0) return { name: text.slice(0, at), value: text.slice(at + 1) };
  return { name: text, value: switches.has(text) ? '' : take() };
}

/** `-dp 80:80`, `-p80:80`, `-p=80:80`: switches may stand before one with a value. */
function short(letters: string, switches: ReadonlySet<string>, take: () => string): Option[] {
  const [name = '', ...others] = letters;
  const rest = others.join('');
  if (/^=./.test(rest)) return [{ name, value: rest.slice(1) }];
  if (!switches.has(name)) return [{ name, value: rest || take() }];
  return [{ name, value: '' }, ...(rest === '' ? [] : short(rest, switches, take))];
}

/** `8080:80`, `8080-8090:80-90/udp`, `published=8080,target=80,protocol=udp,mode=host`. */
function portIn(value: string): OpenPort | undefined {
  const text = value.toLowerCase();
  if (!text.includes('=')) {
    const [, published, protocol] = /^(\d+(?:-\d+)?):\d+(?:-\d+)?(?:\/(\w+))?$/.exec(text) ?? [];
    return portOf(published, protocol);
  }
  const fields = Object.fromEntries(text.split(',').map((field) => [field.split('=')[0], field.split('=')[1]]));
  return portOf(fields['published'], fields['protocol']);
}

function portOf(published = '', protocol = 'tcp'): OpenPort | undefined {
  const [first = 0, last = first] = /^\d{1,5}(-\d{1,5})?$/.test(published) ? published.split('-').map(Number) : [];
  const isPort = first >= 1 && first <= last && last <= 65_535;
  return isPort && (protocol === 'tcp' || protocol === 'udp') ? { first, last, protocol } : undefined;
}
