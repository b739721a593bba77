// The faults of one sandbox: which of them strike this request, this droplet.
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

/** Holds the faults and counts them down. */
export class Faults {
  readonly #armed: ArmedFault[] = [];

  constructor(specs: readonly string[] = []) {
    for (const spec of specs) {
      this.add(spec);
    }
  }

  /** Adds what the spec says (grammar.ts) to what is broken already. */
  add(spec: string): void {
    this.#armed.push(...parseFaults(spec).map((fault) => ({ ...fault, seen: 0, struck: 0, glob: globOf(fault.name) })));
  }

  /** Mends everything. */
  clear(): void {
    this.#armed.length = 0;
  }

  /** The fault that strikes this request. One strikes at a time; the others keep their counts. */
  forRequest(method: string, path: string): RequestFault | undefined {
    let struck: RequestFault | undefined;
    for (const fault of this.#armed) {
      if (fault.scope !== 'request' || !meets(fault, method, path)) {
        continue;
      }
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
    const host: HostFaults = {};
    const resets = this.#matching('ssh-reset', name).reduce((sum, fault) => sum + fault.count, 0);
    if (resets > 0) {
      host.sshResets = resets;
    }
    if (this.#strikes('no-ssh', name)) {
      host.neverSsh = true;
    }
    return { errored: this.#strikes('errored', name), noAddress: this.#strikes('no-address', name), host };
  }

  /** How long POST /v2/droplets does not know a new key, in ms. */
  get keyLateMs(): number {
    return Math.max(0, ...this.#armed.filter(({ kind }) => kind === 'key-late').map(({ seconds }) => seconds * 1000));
  }

  #strikes(kind: FaultKind, name: string): boolean {
    const fault = this.#matching(kind, name).find(({ struck, count }) => struck < count);
    if (fault) {
      fault.struck += 1;
    }
    return fault !== undefined;
  }

  #matching(kind: FaultKind, name: string): ArmedFault[] {
    return this.#armed.filter((fault) => fault.kind === kind && fault.glob.test(name));
  }
}

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
