// One droplet that boots a distribution: a disk, and a system that runs from it while it is on.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LimitFunction } from 'p-limit';
import { systemClock } from '../../clock.ts';
import { poll } from '../../wait.ts';
import { addressIn, parseCidr } from '../account/addresses.ts';
import type { FirewallRules } from '../firewall.ts';
import type { BootTimes, Host, HostEvents, HostFaults, HostRecord, Machine } from '../types.ts';
import type { BootPlan, Cables } from './boot.ts';
import type { Hierarchy } from './cgroups.ts';
import { delayServices } from './disk.ts';
import { RunningMachine } from './machine.ts';
import { portsOf } from './packetFilter.ts';
import type { Disk } from './snapshots.ts';
import { answers, listens } from './sockets.ts';
import type { Switch } from './switch.ts';

/** How long one that boots keeps others waiting, at most. */
const BOOT_MS = 10_000;
/** How long a system may take to power off before the power is cut. */
const SHUTDOWN_MS = 30_000;
const PAUSE_MS = 25;

export interface Surroundings {
  hierarchies: readonly Hierarchy[];
  /** The sandbox's control group. */
  group: string;
  network: Switch;
  sshPort: number;
  /** Limits how many boot at a time: all at once take longer than one after another. */
  room: LimitFunction;
  log: (line: string) => void;
  /** Keeps a copy of the disk as an image. */
  keep: (image: string, disk: Disk) => Promise<void>;
  /** Called when the host is gone for good. */
  destroyed: (host: EngineHost) => void;
}

export class EngineHost implements Host {
  readonly record: HostRecord = {};
  #running: RunningMachine | undefined;
  #watch = new AbortController();
  #boots = 0;
  /** Rises with each request to switch it: what was under way for an earlier one ends. */
  #power = 0;
  #ports: string[] = [];

  readonly #disk: Disk;
  readonly machine: Machine;
  readonly #faults: HostFaults;
  readonly #events: HostEvents;
  readonly #around: Surroundings;

  constructor(disk: Disk, machine: Machine, faults: HostFaults, events: HostEvents, around: Surroundings) {
    this.#disk = disk;
    this.machine = machine;
    this.#faults = faults;
    this.#events = events;
    this.#around = around;
  }

  async powerOn(boot: BootTimes): Promise<void> {
    if (this.#running !== undefined) return;
    const power = ++this.#power;
    const { id, name } = this.machine;
    const { group, hierarchies, log } = this.#around;
    delayServices(join(this.#disk.folder, 'upper'), boot, this.#faults);
    const plan = await this.#plan();
    await new Promise<void>((resolve) => {
      void this.#around.room(async () => {
        resolve();
        await this.#booted();
      });
    });
    // Switched off, or gone with its disk, while it waited for room.
    if (power !== this.#power) return;
    const running = new RunningMachine({
      plan,
      hierarchies,
      group: `${group}/${id}`,
      log: (line) => log(`${name} (${id}): ${line}`),
    });
    this.#running = running;
    this.#observe(running);
    void running.ended.then(async (ending) => {
      // The sandbox did not request it: somebody on the droplet did.
      if (this.#running !== running) return;
      const off = ++this.#power;
      await this.#off();
      if (off !== this.#power) return;
      if (ending === 'rebooted') await this.powerOn(boot);
      else this.#events.poweredOff();
    });
  }

  powerOff(): Promise<void> {
    return this.#end((running) => running.kill());
  }

  shutdown(): Promise<void> {
    return this.#end((running) => running.powerOff(SHUTDOWN_MS));
  }

  /** At the switch, whether the droplet is on or off: its next boot is filtered from the first packet. */
  async setFirewall(rules: FirewallRules | undefined): Promise<void> {
    const { guard } = this.#around.network;
    const { id, publicAddress, privateAddress } = this.machine;
    if (rules === undefined) await guard.forget(id);
    else await guard.set({ id, addresses: [publicAddress, privateAddress].filter((address) => address !== ''), rules });
  }

  snapshot(image: string): Promise<void> {
    return this.#around.keep(image, this.#disk);
  }

  async destroy(): Promise<void> {
    await this.powerOff();
    await this.setFirewall(undefined);
    if (this.machine.publicAddress === '') await this.#around.network.show(this.machine.privateAddress);
    await rm(this.#disk.folder, { recursive: true, force: true });
    this.#around.destroyed(this);
  }

  /** Resolves when it is up, off again, or late. */
  async #booted(): Promise<void> {
    const isUp = () => (this.machine.hasEngine ? this.record.engineAt : this.record.sshAt) !== undefined;
    for (const deadline = Date.now() + BOOT_MS; Date.now() < deadline && !isUp(); ) {
      await systemClock.sleep(PAUSE_MS);
      if (this.#running === undefined) return;
    }
  }

  async #end(how: (running: RunningMachine) => Promise<void>): Promise<void> {
    const running = this.#running;
    this.#power++;
    if (running === undefined) return;
    this.#running = undefined;
    await how(running);
    await this.#off();
  }

  async #off(): Promise<void> {
    this.#running = undefined;
    this.#watch.abort();
    delete this.record.sshAt;
    delete this.record.engineAt;
    await this.#around.network.unplug(this.#ports);
  }

  async #plan(): Promise<BootPlan> {
    const { group } = this.#around;
    const { id, name } = this.machine;
    return { ...this.#disk, machineName: `${group}-${id}`, hostname: name, cables: await this.#cables() };
  }

  async #cables(): Promise<Cables> {
    const { network } = this.#around;
    const { id, publicAddress, privateAddress, vpcRange } = this.machine;
    // The kernel may still be taking down the ports of an earlier boot.
    const ports = portsOf(id, this.#boots++);
    const isPrivate = publicAddress === '';
    this.#ports = isPrivate ? [ports.private] : Object.values(ports);
    const bridge = await network.bridge(vpcRange);
    if (isPrivate) await network.hide(privateAddress);
    return {
      switchPid: network.pid,
      ports,
      vpcBridge: bridge,
      addresses: {
        public: isPrivate ? undefined : `${publicAddress}/${parseCidr(network.slot.publicRange)!.bits}`,
        private: `${privateAddress}/${parseCidr(vpcRange)!.bits}`,
      },
      gateway: isPrivate ? addressIn(parseCidr(vpcRange)!, 1) : network.slot.gateway.replace(/\/.*/, ''),
    };
  }

  /** Notes when SSH and the engine first answer. */
  #observe(running: RunningMachine): void {
    this.#watch = new AbortController();
    // It ends when the machine does.
    void this.#watchOver(running, this.#watch.signal).catch(() => {});
  }

  async #watchOver(running: RunningMachine, signal: AbortSignal): Promise<void> {
    const waiting = { clock: systemClock, signal, deadline: Number.POSITIVE_INFINITY, intervalMs: PAUSE_MS };
    const listensNow = () => running.initPid !== undefined && listens(running.initPid, this.#around.sshPort);
    await poll(() => listensNow() || undefined, waiting);
    this.record.sshAt = Date.now();
    if (!this.machine.hasEngine) return;
    const socket = join(`/proc/${running.initPid}/root`, 'run/docker.sock');
    await poll(async () => (await answers(socket)) || undefined, waiting);
    signal.throwIfAborted();
    this.record.engineAt = Date.now();
  }
}
