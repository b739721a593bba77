// The faults of one sandbox: which of them apply to a request or a droplet.
import { UsageError } from '../../errors.ts';
import type { HostKind } from '../options.ts';
import type { HostFaults } from '../types.ts';
import { type FaultKind, type FaultSpec, parseFaults } from './grammar.ts';

export interface RequestFault {
  kind: FaultKind;
  seconds: number;
}

export interface DropletFaults {
  errored: boolean;
  noAddress: boolean;
  host: HostFaults;
}

/** A spec and how often it met its match. */
interface ArmedFault extends FaultSpec {
  seen: number;
  struck: number;
  glob: RegExp;
}

/** What real sshds and engines do not do on demand. */
const SIMULATED: ReadonlySet<FaultKind> = new Set(['join-reset', 'no-forward', 'notice', 'plain-user', 'ssh-limit']);

/** Holds the faults and counts them down. */
export class Faults {
  readonly #armed: ArmedFault[] = [];

  readonly #hosts: HostKind;

  constructor(specs: readonly string[] = [], hosts: HostKind = 'simulated') {
    this.#hosts = hosts;
    for (const spec of specs) this.add(spec);
  }

  /** Adds the faults of a spec (grammar.ts) to the existing ones. @throws UsageError for what these hosts cannot do */
  add(spec: string): void {
    const faults = parseFaults(spec);
    const simulated = this.#hosts === 'engine' ? faults.find(({ kind }) => SIMULATED.has(kind)) : undefined;
    if (simulated !== undefined) {
      throw new UsageError(`--fault ${spec}: engine hosts do not support ${simulated.kind}`, {
        hint: 'they support ssh-reset',
      });
    }
    this.#armed.push(...faults.map((fault) => ({ ...fault, seen: 0, struck: 0, glob: globOf(fault.name) })));
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** The fault that strikes this request. One strikes at a time; the others keep their counts. */
  forRequest(method: string, path: string): RequestFault | undefined {
    let struck: RequestFault | undefined;
    for (const fault of this.#armed) {
      if (fault.scope !== 'request' || !meets(fault, method, path)) continue;
      fault.seen += 1;
      if (struck === undefined && fault.seen >= fault.from && fault.struck < fault.count) {
        fault.struck += 1;
        struck = { kind: fault.kind, seconds: fault.seconds };
      }
    }
    return struck;
  }

  /** What breaks on a new droplet of this name. */
  forDroplet(name: string): DropletFaults {
    const count = (kind: FaultKind) =>
      this.#matching(kind, name).reduce((sum, { count }) => sum + count, 0) || undefined;
    const lateMs = (kind: FaultKind) => secondsOf(this.#matching(kind, name)) * 1000 || undefined;
    const host: HostFaults = {
      sshResets: count('ssh-reset'),
      joinResets: count('join-reset'),
      sshLimit: count('ssh-limit'),
      neverSsh: this.#strikes('no-ssh', name),
      noForward: this.#strikes('no-forward', name),
      plainUser: this.#strikes('plain-user', name),
      engineLateMs: lateMs('engine-late'),
      noticeMs: lateMs('notice'),
    };
    return {
      errored: this.#strikes('errored', name) === true,
      noAddress: this.#strikes('no-address', name) === true,
      host,
    };
  }

  /** How long POST /v2/droplets does not know a new key, in ms. */
  get keyLateMs(): number {
    return secondsOf(this.#armed.filter(({ kind }) => kind === 'key-late')) * 1000;
  }

  #strikes(kind: FaultKind, name: string): true | undefined {
    const fault = this.#matching(kind, name).find(({ struck, count }) => struck < count);
    if (!fault) return undefined;
    fault.struck += 1;
    return true;
  }

  #matching(kind: FaultKind, name: string): ArmedFault[] {
    return this.#armed.filter((fault) => fault.kind === kind && fault.glob.test(name));
  }
}

/** The longest of them. */
const secondsOf = (faults: readonly ArmedFault[]): number => Math.max(0, ...faults.map(({ seconds }) => seconds));

function meets(fault: ArmedFault, method: string, path: string): boolean {
  const pathMeets = fault.exact ? path === fault.path : path.startsWith(fault.path);
  return pathMeets && (fault.method === undefined || fault.method === method);
}

function globOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.\\+^$()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
