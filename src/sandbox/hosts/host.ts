// One simulated droplet: powered on it gets an sshd and an engine, each in its time.
import type { EngineHttp } from '../engine/api/http.ts';
import { Engine } from '../engine/model/engine.ts';
import type { World } from '../engine/model/world.ts';
import type { FirewallRules } from '../firewall.ts';
import type { BootTimes, Host, HostFaults, HostRecord, HostsOptions, Machine } from '../types.ts';
import { type EngineInstall, engineInstall, engineLabels, engineLogDriver } from '../userdata/engine.ts';
import { parseUserData } from '../userdata/parse.ts';
import type { Plug } from './cable.ts';
import type { HostView } from './commands/types.ts';
import { FileTree } from './file-tree.ts';
import { HOST_KEY, usableHostKeys } from './hostKeys.ts';
import { ProcessTable } from './process.ts';
import { Sshd } from './ssh.ts';

/** cloud-init is done when the engine has so much of its time still to go. */
const CLOUD_INIT_PART = 0.5;

/** Installing Docker takes so much longer than starting one that is there. */
const INSTALL_PART = 3;

export interface Surroundings {
  options: HostsOptions;
  world: World<Engine>;
  http: EngineHttp;
  /** Called when the host is gone for good. */
  destroyed: (host: SimulatedHost) => void;
  /** Connects two hosts, as `dial` of an sshd does. */
  dial: (from: SimulatedHost, address: string, port: number) => Plug | string | undefined;
}

/** What a script writes that has the engine take the VPC address for its swarm. */
const SWARM_ON_VPC = /"swarm-default-advertise-addr": *"eth1"/;

export class SimulatedHost implements Host, HostView {
  readonly record: HostRecord = {};
  readonly world: World<Engine>;
  readonly http: EngineHttp;
  readonly files: Map<string, Buffer>;
  readonly tree: FileTree;
  readonly processes = new ProcessTable();
  cloudInitErrors: readonly string[] = [];
  #engine: Engine | undefined;
  /** What the first boot does about an engine that the image lacks. */
  #install: EngineInstall | undefined;
  readonly machine: Machine;
  readonly #faults: HostFaults;
  readonly #surroundings: Surroundings;
  readonly #sshd: Sshd;
  readonly #hostname: string | undefined;
  /** Counts power-ons and -offs: what an earlier one planned no longer counts. */
  #power = 0;
  #isOn = false;
  #cloudInitDoneAt = Number.POSITIVE_INFINITY;

  constructor(machine: Machine, faults: HostFaults, surroundings: Surroundings) {
    const { options, world, http } = surroundings;
    this.world = world;
    this.http = http;
    this.machine = machine;
    this.#faults = faults;
    this.#surroundings = surroundings;
    const userData = parseUserData(machine.userData, options.log);
    this.files = userData.files;
    this.tree = new FileTree(this.files, () => Math.floor(world.now() / 1000));
    this.#hostname = userData.hostname;
    this.files.set('/etc/hostname', Buffer.from(`${this.hostname}\n`));
    const [first, ...others] = usableHostKeys(userData.hostKeys);
    this.files.set(HOST_KEY, Buffer.from(first!));
    this.#sshd = new Sshd({
      host: this,
      hostKeys: () => [String(this.files.get(HOST_KEY)), ...others],
      authorizedKeys: [...machine.authorizedKeys, ...userData.authorizedKeys],
      faults,
      dial: (address, port) => surroundings.dial(this, address, port),
      log: options.log,
    });
    if (!machine.hasEngine) this.#install = engineInstall(userData, machine.image);
    if (machine.hasEngine || this.#install?.installed) {
      this.#engine = new Engine(world, machine);
      this.#engine.hostname = this.hostname;
      this.#engine.labels = engineLabels(userData);
      this.#engine.logDriver = engineLogDriver(userData) ?? this.#engine.logDriver;
      this.#engine.swarmOnVpc = [...userData.bootHooks, ...userData.scripts].some((text) => SWARM_ON_VPC.test(text));
      world.add(this.#engine);
    }
  }

  /** Undefined while there is none on the disk. */
  get engine(): Engine | undefined {
    return this.#install === undefined ? this.#engine : undefined;
  }

  get hostname(): string {
    return this.#hostname ?? this.machine.name;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Undefined while nothing listens. */
  get sshd(): Sshd | undefined {
    return this.#sshd.isOpen ? this.#sshd : undefined;
  }

  cloudInitLeftMs(): number {
    return Math.max(0, this.#cloudInitDoneAt - this.world.now());
  }

  reloadSshd(): void {
    this.#sshd.reload();
  }

  async powerOn({ sshMs, engineMs }: BootTimes): Promise<void> {
    const power = ++this.#power;
    this.#isOn = true;
    const stillOn = () => power === this.#power;
    const install = this.#install;
    const lateMs = this.#faults.engineLateMs ?? 0;
    const engineAfterMs = sshMs + engineMs * (install === undefined ? 1 : INSTALL_PART) + lateMs;
    this.#cloudInitDoneAt =
      this.world.now() + (install === undefined ? sshMs + engineMs * CLOUD_INIT_PART : engineAfterMs);
    this.world.after(sshMs, () => {
      if (stillOn() && this.#faults.neverSsh !== true) void this.#openSsh(stillOn);
    });
    this.world.after(engineAfterMs, () => {
      if (!stillOn()) return;
      if (install?.installed === false) this.#failed(install.words);
      this.#install = undefined;
      if (this.#engine === undefined) return;
      this.#engine.start();
      this.record.engineAt = this.world.now();
    });
  }

  async powerOff(): Promise<void> {
    this.#power++;
    this.#isOn = false;
    delete this.record.sshAt;
    delete this.record.engineAt;
    this.#engine?.stop();
    this.processes.clear();
    await this.#sshd.shut();
  }

  shutdown(): Promise<void> {
    return this.powerOff();
  }

  /** What is simulated is filtered: SSH from outside, and joins between engines. */
  async setFirewall(rules: FirewallRules | undefined): Promise<void> {
    this.#sshd.firewall = rules;
    if (this.#engine !== undefined) this.#engine.firewall = rules;
  }

  async destroy(): Promise<void> {
    await this.powerOff();
    if (this.#engine !== undefined) this.world.remove(this.#engine);
    this.#surroundings.destroyed(this);
  }

  #failed(words: string): void {
    this.cloudInitErrors = ["('scripts_user', RuntimeError('Runparts: 1 failures'))"];
    this.files.set('/var/log/cloud-init-output.log', Buffer.from(`${words}\n`));
    const status = { v1: { 'modules-final': { errors: this.cloudInitErrors } } };
    this.files.set('/run/cloud-init/status.json', Buffer.from(JSON.stringify(status)));
  }

  async #openSsh(stillOn: () => boolean): Promise<void> {
    const { options } = this.#surroundings;
    try {
      await this.#sshd.open(this.machine.publicAddress, options.sshPort);
      if (stillOn()) this.record.sshAt = this.world.now();
      else await this.#sshd.shut();
    } catch (error) {
      options.log(`${this.hostname}: sshd: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
