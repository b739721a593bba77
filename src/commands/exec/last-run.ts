// Where the last command failed, for --retry-failed. Of the command only a salted digest is kept, and none of its variables'
// values: they may be secrets.
import { createHash, randomBytes } from 'node:crypto';
import { clusterKey } from '../../config/choices.ts';
import type { State } from '../../config/state.ts';
import type { NodeEnd } from '../../fleet/on-many.ts';

const FILE = 'last-exec.json';

interface Kept {
  salt: string;
  digest: string;
  failed: string[];
}

interface What {
  argv: readonly string[];
  shell?: string | undefined;
  sudo?: boolean | undefined;
  env?: readonly string[] | undefined;
}

export class LastRun {
  readonly #state: State;
  readonly #key: string;
  readonly #what: string;

  constructor(state: State, cluster: string, { argv, shell, sudo, env = [] }: What) {
    this.#state = state;
    this.#key = clusterKey(cluster);
    this.#what = JSON.stringify([argv, shell, sudo, env.map((variable) => variable.split('=')[0])]);
  }

  /** The names of the nodes where the same command failed; undefined when the last one was another. */
  get failed(): string[] | undefined {
    const kept = this.#kept()[this.#key];
    if (typeof kept?.salt !== 'string' || kept.digest !== this.#digest(kept.salt)) return undefined;
    return Array.isArray(kept.failed) ? kept.failed : undefined;
  }

  /** Where it failed before and did not run now, it still has to run. */
  remember(ends: readonly NodeEnd[]): void {
    const ran = new Set(ends.map(({ name }) => name));
    const before = this.failed?.filter((name) => !ran.has(name)) ?? [];
    const failed = [...before, ...ends.filter(({ exitCode }) => exitCode !== 0).map(({ name }) => name)];
    const salt = randomBytes(16).toString('hex');
    this.#state.writeJson(FILE, { ...this.#kept(), [this.#key]: { salt, digest: this.#digest(salt), failed } });
  }

  #kept(): Record<string, Partial<Kept> | undefined> {
    const kept = this.#state.readJson(FILE);
    return typeof kept === 'object' && kept !== null ? (kept as Record<string, Partial<Kept>>) : {};
  }

  #digest(salt: string): string {
    return createHash('sha256').update(`${salt} ${this.#what}`).digest('hex');
  }
}
