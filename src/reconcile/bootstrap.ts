// The swarm while `up` works: nodes join as soon as each is ready; those that are ready before it was started wait for it.
import { swarmPorts } from '../cluster/firewall.ts';
import type { Context } from '../context.ts';
import { type InitOptions, isCutOff } from '../engine/engine.ts';
import { BeltError, messageOf } from '../errors.ts';
import { type HeldEngine, holdEngine, withEngine } from '../fleet/node-engine.ts';
import { OwnFirewalls } from '../fleet/own-firewall.ts';
import type { Node } from '../model/node.ts';
import type { Role } from '../model/swarm-node.ts';
import { type Initialised, init } from '../swarm/init.ts';
import { Joiner, target } from '../swarm/join.ts';
import type { NodeEngine } from '../swarm/node-engine.ts';
import { keepTheKey } from './lock.ts';

/** How often a swarm is started when the connection was cut meanwhile, and how long the engine has for it between two. */
const STARTS = 3;
const STARTED_WITHIN_MS = 2_000;

/** A manager of the swarm, and the way in through it. */
interface Lead {
  held: HeldEngine;
  joiner: Joiner<Node>;
}

export class Bootstrap {
  readonly #context: Context;
  readonly #deadline: number;
  /** The founder may be a droplet that does not exist yet: everybody else awaits this. */
  readonly #lead: Promise<Lead>;
  /** Node ids by name, as the nodes' own engines told them. */
  readonly #ids = new Map<string, string>();
  #started!: (lead: Lead | Promise<Lead>) => void;
  #notStarted!: (error: Error) => void;

  /** `deadline`: gives up on a node that has not joined by then, ms since the epoch. */
  constructor(context: Context, deadline: number) {
    this.#context = context;
    this.#deadline = deadline;
    this.#lead = new Promise((resolve, reject) => {
      this.#started = resolve;
      this.#notStarted = reject;
    });
    // It may fail while nobody waits; those that come later get the error.
    this.#lead.catch(() => {});
  }

  /** There is a swarm already, with this manager. */
  async continueWith(manager: Node): Promise<void> {
    this.#started(this.#through(manager, await holdEngine(this.#context, manager, { deadline: this.#deadline })));
    await this.#lead;
  }

  /** Starts the swarm on this node. */
  async found(node: Node, options: InitOptions): Promise<void> {
    try {
      const held = await holdEngine(this.#context, node, { deadline: this.#deadline });
      const { already, nodeId } = await this.#init(held.member, options);
      this.#ids.set(node.name, nodeId);
      const words = already ? 'is a manager of the swarm' : 'started the swarm';
      this.#context.out.tell('swarm', { node: node.name, already }, `${node.name}: ${words}`);
      if (!already && options.autolock) this.#context.out.note(keepTheKey(node.name));
      this.#started(this.#through(node, held));
      await this.#lead;
    } catch (error) {
      this.cannotStart(node.name, error);
      throw error;
    }
  }

  /** The node that was to start the swarm failed. */
  cannotStart(name: string, error: unknown): void {
    this.#notStarted(new BeltError(`it waited for ${name} to start the swarm, which failed: ${messageOf(error)}`));
  }

  /** Resolves when the node is in. */
  async join(node: Node, role: Role): Promise<void> {
    const { joiner } = await this.#lead;
    const { already, role: has } = await joiner.join(node, role);
    const words = already ? 'is in the swarm' : `joined the swarm as a ${has}`;
    this.#context.out.tell('joined', { node: node.name, role: has, already }, `${node.name}: ${words}`);
  }

  /** Has a node leave the swarm that it is in, unless it is this one by now. */
  async leave(node: Node): Promise<void> {
    const { held } = await this.#lead;
    const left = await withEngine(this.#context, node, async ({ engine }) => {
      const { state, nodeId } = await engine.swarm();
      if (state === 'inactive' || (nodeId !== '' && (await held.member.engine.node(nodeId)) !== undefined))
        return false;
      await engine.leave({ force: true });
      return true;
    });
    if (left) this.#context.out.tell('left', { node: node.name }, `${node.name}: left the swarm that it was in`);
  }

  /** The swarm's id of a node that joined here. */
  idOf(name: string): string | undefined {
    return this.#ids.get(name);
  }

  /** The manager's engine, for what is changed through it. @throws BeltError when there is no swarm */
  async manager(): Promise<HeldEngine['member']> {
    return (await this.#lead).held.member;
  }

  /** Ends the manager's connection. */
  async end(): Promise<void> {
    this.#notStarted(new BeltError('there is no swarm'));
    const lead = await this.#lead.catch(() => undefined);
    lead?.held.end();
  }

  /** An engine that was asked and cut off has started the swarm, or knows nothing of it. */
  async #init(member: NodeEngine, options: InitOptions): Promise<Initialised> {
    for (let starts = 1; ; starts++) {
      try {
        const initialised = await init(member, options);
        // What was cut off had started it.
        return starts > 1 ? { ...initialised, already: false } : initialised;
      } catch (error) {
        if (!isCutOff(error) || starts >= STARTS) throw error;
      }
      await this.#context.clock.sleep(STARTED_WITHIN_MS, this.#context.signal);
    }
  }

  async #through(manager: Node, held: HeldEngine): Promise<Lead> {
    const { clock, signal } = this.#context;
    const known = await target(held.member);
    const options = { target: known, clock, signal, deadline: this.#deadline, force: false };
    const firewalls = new OwnFirewalls(this.#context);
    const joiner = new Joiner<Node>(
      options,
      (node, use) =>
        withEngine(
          this.#context,
          node,
          async (member) => {
            const used = await use(member);
            this.#ids.set(node.name, (await member.engine.swarm()).nodeId);
            return used;
          },
          options,
        ),
      (node) => firewalls.check([manager, node], swarmPorts(known.dataPathPort)),
    );
    return { held, joiner };
  }
}
