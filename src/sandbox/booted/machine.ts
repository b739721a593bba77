// One droplet's system from power-on to its end: a systemd-nspawn in a network and mounts of its own.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Hierarchy, makeGroup, removeGroup } from '../engine-hosts/cgroups.ts';
import { bound, firstChild, type Launched, launch } from '../engine-hosts/launch.ts';
import { type BootPlan, bootLines } from './boot.ts';

export interface MachineOptions {
  plan: BootPlan;
  hierarchies: readonly Hierarchy[];
  /** The droplet's control group. */
  group: string;
  log: (line: string) => void;
}

/** How a system ended by itself. */
export type Ending = 'powered off' | 'rebooted' | 'died';

/** What systemd-nspawn ends with when the system in it reboots (EXIT_FORCE_RESTART). */
const REBOOTED = 133;

export class RunningMachine {
  /** Settles when it has ended and nothing of it runs any more. */
  readonly ended: Promise<Ending>;
  readonly #launched: Launched;

  constructor(private readonly options: MachineOptions) {
    const { plan, hierarchies, group, log } = options;
    makeGroup(hierarchies, group);
    const script = join(plan.folder, 'boot.sh');
    writeFileSync(script, `${bootLines(plan).join('\n')}\n`);
    this.#launched = launch(bound(hierarchies, group, ['unshare', '--net', '--mount', '--', 'sh', script]), log);
    this.ended = this.#launched.ended.then((how) => this.#clear(how));
  }

  /** Its first process, as the machine numbers it. */
  get initPid(): number | undefined {
    const { pid } = this.#launched.child;
    return pid === undefined ? undefined : firstChild(pid);
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    this.#launched.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to power off, and pulls the plug when that takes longer. */
  async powerOff(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#launched.child.kill('SIGKILL'), patienceMs);
    // systemd-nspawn hands it on to the system's init, in that one's words.
    this.#launched.child.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }

  async #clear(how: NodeJS.Signals | number): Promise<Ending> {
    const { plan, hierarchies, group } = this.options;
    await removeGroup(hierarchies, group);
    forgetMachine(plan.machineName);
    if (how === 0) return 'powered off';
    return how === REBOOTED ? 'rebooted' : 'died';
  }
}

/** Takes away what systemd-nspawn leaves of a machine that did not end by itself. */
export function forgetMachine(machineName: string): void {
  for (const kind of ['propagate', 'unix-export']) {
    rmSync(join('/run/systemd/nspawn', kind, machineName), { recursive: true, force: true });
  }
}
