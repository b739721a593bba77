// `--fault KIND[=VALUE][@WHERE]`: the faults that can be injected, and their parser.
import { UsageError } from '../../errors.ts';

/** What a kind breaks decides what its WHERE means: a request's METHOD/path, or a droplet's name. */
type Scope = 'request' | 'droplet' | 'key';
/** What follows `=`. */
type Value = 'count' | 'seconds' | 'seconds-and-count';

interface KindRules {
  scope: Scope;
  value: Value;
}

const request = (value: Value = 'count'): KindRules => ({ scope: 'request', value });
const droplet: KindRules = { scope: 'droplet', value: 'count' };

const KINDS = {
  /** The token is refused, as when somebody revoked it. */
  '401': request(),
  /** Forbidden: the token lacks the right. */
  '403': request(),
  /** Rate limited, with `retry-after: 1`. */
  '429': request(),
  /** Rate limited by the hour: no `retry-after`, only `ratelimit-reset`. */
  '429-hour': request(),
  '500': request(),
  '502': request(),
  '503': request(),
  /** Processed, and a 500 for an answer. */
  '500-after': request(),
  /** Never answered; not processed, or processed. */
  hang: request(),
  'hang-after': request(),
  /** The connection is cut; not processed, or processed. */
  drop: request(),
  'drop-after': request(),
  /** Answered this many seconds late. */
  slow: request('seconds-and-count'),
  /** Refused, as when others used the account's droplet limit up meanwhile: meant for POST /v2/droplets. */
  'droplet-limit': request(),
  /** The create action ends `errored` and the droplet is gone. */
  errored: droplet,
  'no-ssh': droplet,
  /** This many SSH connections per droplet are cut in the middle. */
  'ssh-reset': droplet,
  /** No more than this many SSH connections within 30 s; further ones are refused, as by `ufw limit` (5). Simulated hosts only. */
  'ssh-limit': droplet,
  /** sshd forwards no unix sockets (AllowStreamLocalForwarding no). Simulated hosts only. */
  'no-forward': droplet,
  /** Any user name logs in with the keys, and who is not root is not in the group docker. Simulated hosts only. */
  'plain-user': droplet,
  /** This many SSH connections per droplet are cut while its engine starts or joins a swarm. Simulated hosts only. */
  'join-reset': droplet,
  /** The engine starts this many seconds later than it would. */
  'engine-late': { scope: 'droplet', value: 'seconds' },
  /** Every command is answered with a notice, and not run, for this many seconds after SSH opened. Simulated hosts only. */
  notice: { scope: 'droplet', value: 'seconds' },
  /** Active, and for a while without an address. */
  'no-address': droplet,
  /** A new key is unknown to POST /v2/droplets for this many seconds. */
  'key-late': { scope: 'key', value: 'seconds' },
} satisfies Record<string, KindRules>;

export type FaultKind = keyof typeof KINDS;

export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[];

export interface FaultSpec {
  kind: FaultKind;
  scope: Scope;
  /** How often it strikes; Infinity for `always`. */
  count: number;
  seconds: number;
  /** Requests: any method when undefined. */
  method: string | undefined;
  /** Requests: the path begins with it (or is it, when `exact`). */
  path: string;
  exact: boolean;
  /** Requests: strikes from the N-th that matches. */
  from: number;
  /** Droplets: a glob of their names. */
  name: string;
}

/** Reads one or several specs, separated by commas. */
export const parseFaults = (text: string): FaultSpec[] => text.split(',').map((spec) => parseFault(spec.trim(), text));

function parseFault(spec: string, whole: string): FaultSpec {
  const [head = '', where] = splitOnce(spec, '@');
  const [kind = '', value] = splitOnce(head, '=');
  if (!isKind(kind)) throw wrong(whole, kind, 'is not a kind of fault');
  const rules: KindRules = KINDS[kind];
  return {
    kind,
    scope: rules.scope,
    ...readValue(kind, rules.value, value, whole),
    ...readWhere(rules.scope, where, whole),
  };
}

type Amount = Pick<FaultSpec, 'count' | 'seconds'>;

function readValue(kind: string, rule: Value, value: string | undefined, whole: string): Amount {
  if (rule === 'count') return { count: readCount(value ?? '1', whole), seconds: 0 };
  if (value === undefined) throw wrong(whole, kind, `needs seconds, such as ${kind}=2`);
  const [seconds = '', count] = rule === 'seconds-and-count' ? splitOnce(value, 'x') : [value];
  if (!/^(\d+|\d*\.\d+)$/.test(seconds)) throw wrong(whole, seconds, 'is not a number of seconds');
  return {
    seconds: Number(seconds),
    count: rule === 'seconds' ? Number.POSITIVE_INFINITY : readCount(count ?? '1', whole),
  };
}

function readCount(text: string, whole: string): number {
  if (text === 'always') return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d*$/.test(text)) throw wrong(whole, text, 'is not a count (a number from 1, or always)');
  return Number(text);
}

type Where = Pick<FaultSpec, 'method' | 'path' | 'exact' | 'from' | 'name'>;

function readWhere(scope: Scope, where: string | undefined, whole: string): Where {
  const anywhere = { method: undefined, path: '', exact: false, from: 1, name: '*' };
  if (where === undefined) return anywhere;
  if (scope === 'key') throw wrong(whole, `@${where}`, 'has no meaning here: it applies to every key');
  if (scope === 'droplet') {
    if (!/^[a-zA-Z0-9.*?-]+$/.test(where)) {
      throw wrong(whole, where, "is not a droplet's name (* and ? stand for anything)");
    }
    return { ...anywhere, name: where };
  }
  const match = /^([A-Z]+|\*)?(\/[^#$]*)?(\$)?(?:#([1-9]\d*))?$/.exec(where);
  if (!match || where === '') {
    throw wrong(whole, where, 'is not a request (METHOD/path, such as POST/v2/droplets or GET/v2/droplets#3)');
  }
  const [, method, path = '', exact, from] = match;
  return {
    ...anywhere,
    method: method === '*' ? undefined : method,
    path,
    exact: exact !== undefined,
    from: Number(from ?? 1),
  };
}

const isKind = (kind: string): kind is FaultKind => Object.hasOwn(KINDS, kind);

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

const wrong = (whole: string, part: string, what: string): UsageError =>
  new UsageError(`--fault ${whole}: "${part}" ${what}`, {
    hint: `write KIND[=COUNT][@WHERE]; the kinds are ${FAULT_KINDS.join(', ')}`,
  });
