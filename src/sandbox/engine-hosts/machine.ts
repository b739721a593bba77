// One droplet's system from power-on to its end: a systemd-nspawn in a network and mounts of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../attempt.ts';
import { type BootPlan, bootLines } from './boot.ts';
import { type Hierarchy, makeGroup, removeGroup } from './cgroups.ts';
import { bound, firstChild, type Launched, launch } from './launch.ts';

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

  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { plan, hierarchies, group, log } = options;
    makeGroup(hierarchies, group);
    const script = join(plan.folder, 'boot.sh');
    writeFileSync(script, `${bootLines(plan).join('\n')}\n`);
    this.#launched = launch(bound(hierarchies, group, ['unshare', '--net', '--mount', '--', 'sh', script]), log);
    this.ended = this.#launched.ended.then((how) => this.#clear(how));
  }

  /** Its first process, as the machine numbers it. */
  get initPid(): number | undefined {
    return this.#nspawnPid === undefined ? undefined : firstChild(this.#nspawnPid);
  }

  /** Below `unshare` and its shell (boot.ts). */
  get #nspawnPid(): number | undefined {
    const { pid } = this.#launched.child;
    const shell = pid === undefined ? undefined : firstChild(pid);
    return shell === undefined ? undefined : firstChild(shell);
  }

  async kill(): Promise<void> {
    this.#launched.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to power off, and cuts the power when that takes longer. */
  async powerOff(patienceMs: number): Promise<void> {
    const pid = this.#nspawnPid;
    const timer = setTimeout(() => this.#launched.child.kill('SIGKILL'), pid === undefined ? 0 : patienceMs);
    // systemd-nspawn hands it on to the system's init, in that one's words.
    if (pid !== undefined) attempt(() => process.kill(pid, 'SIGTERM'));
    await this.ended;
    clearTimeout(timer);
  }

  async #clear(how: NodeJS.Signals | number): Promise<Ending> {
    const { hierarchies, group } = this.#options;
    await removeGroup(hierarchies, group);
    if (how === 0) return 'powered off';
    return how === REBOOTED ? 'rebooted' : 'died';
  }
}
