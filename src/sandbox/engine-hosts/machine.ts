// One droplet's system from power-on to its end: a tree of processes in namespaces of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BootPlan, bootLines } from './boot.ts';
import { type Hierarchy, joinLines, makeGroup, removeGroup } from './cgroups.ts';
import { bound, firstChild, type Launched, launch } from './launch.ts';

export interface MachineOptions {
  plan: BootPlan;
  /** The sandbox's control group. */
  group: string;
  /** The droplet's, in the sandbox's. */
  name: string;
  log: (line: string) => void;
}

/** How a system ended by itself: its init was told so by the kernel (pid_namespaces(7), reboot). */
export type Ending = 'powered off' | 'rebooted' | 'died';

/**
 * The words that start it. `unshare` stays outside, in the sandbox's own group, and ends the droplet's first process
 * when it is ended itself; inside, that process moves to the droplet's group before that becomes its whole world.
 */
export function machineWords(groups: readonly Hierarchy[], group: string, name: string, script: string): string[] {
  const first = [...joinLines(groups, `${group}/${name}`), 'exec unshare --cgroup -- busybox sh "$0"'].join('\n');
  const kinds = ['--net', '--mount', '--uts', '--pid', '--ipc', '--fork', '--kill-child'];
  return bound(groups, `${group}/outside`, ['unshare', ...kinds, '--', 'sh', '-ec', first, script]);
}

export class RunningMachine {
  /** Settles when it has ended and nothing of it runs any more. */
  readonly ended: Promise<Ending>;
  readonly #launched: Launched;

  constructor(private readonly options: MachineOptions) {
    const { plan, group, name, log } = options;
    makeGroup(plan.hierarchies, `${group}/${name}`);
    const script = join(plan.folder, 'boot.sh');
    writeFileSync(script, `${bootLines(plan).join('\n')}\n`);
    this.#launched = launch(machineWords(plan.hierarchies, group, name, script), log);
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
    const init = this.initPid;
    const timer = setTimeout(() => this.#launched.child.kill('SIGKILL'), init === undefined ? 0 : patienceMs);
    try {
      // What busybox's init takes for `poweroff`.
      if (init !== undefined) process.kill(init, 'SIGUSR2');
    } catch {
      // It ended in this very moment.
    }
    await this.ended;
    clearTimeout(timer);
  }

  async #clear(how: NodeJS.Signals | number): Promise<Ending> {
    const { plan, group, name } = this.options;
    await removeGroup(plan.hierarchies, `${group}/${name}`);
    if (how === 'SIGINT') return 'powered off';
    return how === 'SIGHUP' ? 'rebooted' : 'died';
  }
}
