// Keeps the switch's packet filter in sync with the cloud firewalls.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { BeltError } from '../../errors.ts';
import { type Guarded, tableLines } from './packetFilter.ts';
import { run } from './run.ts';

const SETTINGS = '/proc/sys/net/bridge';
const CALLS = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables'];

/** Whether the kernel can show the packet filter what passes a bridge: built in, loaded, or there to be loaded. */
export function hasBridgeFilter(): boolean {
  if (existsSync(SETTINGS)) return true;
  const list = join('/lib/modules', release(), 'modules.dep');
  return existsSync(list) && /\/br_netfilter\.ko/.test(readFileSync(list, 'utf8'));
}

/** Has the kernel load it. The machine's own bridges go on without it, as before. */
async function loadBridgeFilter(): Promise<void> {
  if (existsSync(SETTINGS)) return;
  await run(['modprobe', 'br_netfilter']);
  for (const name of CALLS) writeFileSync(join(SETTINGS, name), '0');
}

/** The words that run others in the switch's namespace. */
type Inside = (words: readonly string[]) => string[];

export class Guard {
  readonly #guarded = new Map<number, Guarded>();
  #last: Promise<void> = Promise.resolve();
  /** A change that has not started yet: it includes what arrives until then. */
  #next: Promise<void> | undefined;

  readonly #inside: Inside;
  readonly #able: boolean;

  private constructor(inside: Inside, able: boolean) {
    this.#inside = inside;
    this.#able = able;
  }

  static async start(inside: Inside): Promise<Guard> {
    const able = hasBridgeFilter();
    const guard = new Guard(inside, able);
    if (!able) return guard;
    await loadBridgeFilter();
    const lines = CALLS.map((name) => `echo 1 > ${SETTINGS}/${name}`);
    await run(inside(['sh', '-ec', lines.join('\n')]));
    await guard.#apply();
    return guard;
  }

  /** Filters the droplet's traffic from now on. */
  async set(guarded: Guarded): Promise<void> {
    if (!this.#able) throw new BeltError('this kernel has no br_netfilter: the cloud firewall is not enforced');
    this.#guarded.set(guarded.id, guarded);
    await this.#apply();
  }

  /** Stops filtering the droplet's traffic. */
  async forget(id: number): Promise<void> {
    if (this.#guarded.delete(id)) await this.#apply();
  }

  #apply(): Promise<void> {
    this.#next ??= this.#last.then(async () => {
      this.#next = undefined;
      await this.#write([...this.#guarded.values()]);
    });
    this.#last = this.#next.catch(() => {});
    return this.#next;
  }

  async #write(all: readonly Guarded[]): Promise<void> {
    const table = (family: 4 | 6) => tableLines(family, all).join('\n');
    await run(this.#inside(['iptables-restore', '-w']), table(4));
    await run(this.#inside(['ip6tables-restore', '-w']), table(6));
  }
}
