// A swarm made to run a stack as its files say: look → plan → agree → send → wait → clean up.
import { agreed, confirm } from '../agree.ts';
import type { DesiredStack } from '../compose/desired.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { BeltError, EXIT } from '../errors.ts';
import { exclusively, type Leave } from '../fleet/exclusive.ts';
import { lookAt } from '../provision/published-ports.ts';
import { quoteWord } from '../quote.ts';
import { RegistryAuths } from '../registry/auths.ts';
import { apply, imagesOf, type Progress } from './apply.ts';
import type { Cause } from './causes.ts';
import { type Depending, waitFor } from './dependencies.ts';
import { withEvents } from './events.ts';
import { halfway } from './halfway.ts';
import { Images } from './images.ts';
import { newMark } from './mark.ts';
import { newSalt } from './names.ts';
import { type Existing, observe, servicesOf } from './observe.ts';
import { contentIn, removeOldImages } from './old-images.ts';
import { isAnother, isNothing, planStack, type ServicePlan, type StackPlan } from './plan.ts';
import { credentialsSent, planCredentials } from './plan-credentials.ts';
import { publishedBy } from './ports.ts';
import type { Push } from './push.ts';
import { removeParts, removeServices } from './remove.ts';
import { notWaiting, refusal, settle, throwFailed } from './settle.ts';
import { showDiff, shownOf, shownOfService, showPlan } from './show.ts';
import { stuck } from './stuck.ts';
import { unused, usedIn } from './unused.ts';

export interface DeployOptions {
  /** Only shows what would be done. */
  plan?: boolean | undefined;
  /** Shows it field by field; `values`: those that may be secret as well. */
  diff?: { values: boolean };
  prune?: boolean | undefined;
  yes?: boolean | undefined;
  /** Puts images on the nodes, once that is agreed to: what is sent needs them. */
  push?: Push | undefined;
  /** Does not wait. */
  detach?: boolean | undefined;
  /** Seconds. */
  timeout: number;
}

/** What a look found. */
interface Agenda {
  existing: Existing;
  plan: StackPlan;
}

interface Outcome {
  agenda: Agenda;
  /** It was sent; else there is something else to do by now. */
  isDone: boolean;
  /** The ids of tasks that were there before. */
  earlier: Set<string>;
}

/**
 * Deploys a stack, and waits until every service of it runs or cannot. Gives the exit code.
 * @throws NodesFailed naming the services that failed, and why
 */
export async function deploy(context: Context, wanted: DesiredStack, options: DeployOptions): Promise<number> {
  let deployment: Deployment | undefined;
  try {
    return await withEvents(context, { stack: wanted.name }, options, (engine) => {
      deployment = new Deployment(context, engine, wanted, options);
      return deployment.run();
    });
  } catch (error) {
    const { sent = [] } = deployment ?? {};
    if (sent.length === 0) throw error;
    const back = `belt deploy --rollback ${quoteWord(wanted.name)}`;
    throw halfway(
      error,
      `sent before that: ${sent.join(', ')}`,
      `the same command again goes on and waits; to go back: ${back}`,
    );
  }
}

class Deployment {
  readonly #context: Context;
  readonly #engine: StackEngine;
  readonly #wanted: DesiredStack;
  readonly #options: DeployOptions;
  readonly #salt = newSalt();
  readonly #images: Images;
  /** When tasks were first seen in a state. */
  readonly #since = new Map<string, number>();
  /** Of all waiting, ms since the epoch; set once the plan is agreed to. */
  #deadline = 0;
  #progress: Progress = { mark: '', applied: [], removed: new Set() };

  constructor(context: Context, engine: StackEngine, wanted: DesiredStack, options: DeployOptions) {
    this.#context = context;
    this.#engine = engine;
    this.#wanted = wanted;
    this.#options = options;
    this.#images = new Images(context, engine, new RegistryAuths(context, { renews: !options.plan }));
  }

  /** The names of the services that this run changed. */
  get sent(): string[] {
    return this.#progress.applied.flatMap(({ name, changed }) => (changed ? [name] : []));
  }

  /** Gives the exit code. */
  async run(): Promise<number> {
    const { out } = this.#context;
    const tellShut = lookAt(this.#context, publishedBy(this.#wanted));
    let agenda = await this.#look();
    const { plan, diff } = this.#options;
    if (plan) {
      if (diff) showDiff(this.#context, agenda.plan, diff);
      else showPlan(this.#context, agenda.plan);
      await tellShut?.();
      return isNothing(agenda.plan) && agenda.plan.stuck.length === 0 ? 0 : EXIT.planned;
    }
    for (;;) {
      showPlan(this.#context, agenda.plan);
      if (isNothing(agenda.plan)) {
        // A node may have come since.
        await this.#ofStack(async () => this.#options.push?.run());
        this.#startTime();
        return await this.#finish(agenda, await this.#tasks());
      }
      await tellShut?.();
      await this.#agree(agenda.plan);
      const outcome = await this.#ofStack(() => this.#carryOut(agenda));
      if (outcome.isDone) return await this.#finish(outcome.agenda, outcome.earlier);
      agenda = outcome.agenda;
      out.note('the stack changed in the meantime; this is what is left to do:');
    }
  }

  /** Not while another run changes the stack, whatever else others change. */
  #ofStack<T>(work: () => Promise<T>): Promise<T> {
    return exclusively(this.#context, 'belt deploy', work, { stack: this.#wanted.name });
  }

  #startTime(): void {
    this.#deadline = this.#context.clock.now() + this.#options.timeout * 1000;
  }

  async #look(): Promise<Agenda> {
    const existing = await observe(this.#engine, this.#wanted.name);
    const prune = this.#options.prune ?? false;
    const nowMs = this.#context.clock.now();
    const plan = planStack(this.#wanted, existing, { prune, freshSalt: this.#salt, nowMs });
    // A difference is of what files say.
    if (!this.#options.diff) {
      const tasks = await this.#engine.tasks({ stack: this.#wanted.name });
      await planCredentials(this.#images, plan.services, { tasks, nowMs });
      plan.sent = await credentialsSent(this.#images, plan.services);
    }
    // A run finds it out by itself.
    if (this.#options.plan) plan.stuck = await this.#stuck(plan);
    return { existing, plan };
  }

  async #stuck({ services, stack }: StackPlan): Promise<string[]> {
    const [nodes, tasks] = await Promise.all([this.#engine.nodes(), this.#engine.tasks({ stack }, { upToDate: true })]);
    return stuck(services, { nodes, tasks, nowMs: this.#context.clock.now() });
  }

  /** On a terminal always; elsewhere only where something is taken away. */
  async #agree(plan: StackPlan): Promise<void> {
    const { removals, stack } = plan;
    if (isAnother(plan)) return this.#agreeToReplace(plan);
    if (!this.#context.interactive && removals.length === 0) return;
    const consent = {
      yes: this.#options.yes,
      asks: '--prune asks before it removes anything',
      hint: 'add --yes if you are sure',
    };
    await agreed(this.#context, consent, () => confirm(this.#context, `Deploy ${stack}?`));
  }

  /** Whatever --yes says: it was meant for a stack of which something stays. */
  async #agreeToReplace({ stack, removals }: StackPlan): Promise<void> {
    const services = removals.filter(({ kind }) => kind === 'services').map(({ name }) => name);
    const asks = `none of the files’ services is in the stack ${stack}, and --prune would remove all that are (${services.join(', ')})`;
    const hint = `if these are the files of another stack, name it: belt deploy NAME`;
    await agreed(this.#context, { asks, hint }, () => confirm(this.#context, `Replace all of ${stack}?`));
  }

  /** What was shown and agreed to; a fresh look alone where that is no longer what there is to do. */
  async #carryOut(agenda: Agenda): Promise<Outcome> {
    // What takes its time, before others have to wait.
    const asked = this.#images.ask(imagesOf(agenda.plan));
    for (;;) {
      await this.#options.push?.run();
      await asked;
      const outcome = await exclusively(this.#context, 'belt deploy', async (leave) => {
        // A node may have come, here and in any wait: nobody else brings it what no service names yet.
        if (await this.#options.push?.isBehind()) return undefined;
        this.#startTime();
        return await this.#send(agenda, leave);
      });
      if (outcome) return outcome;
    }
  }

  /** The cluster is left to others once there is something to wait for. */
  async #send({ plan }: Agenda, leave: Leave): Promise<Outcome> {
    const [now, earlier] = await Promise.all([this.#look(), this.#tasks()]);
    if (shownOf(now.plan) !== shownOf(plan)) return { agenda: now, isDone: false, earlier };
    const mark = newMark(this.#context.clock.now(), servicesOf(now.existing, this.#wanted.name));
    this.#progress = { mark, applied: [], removed: new Set() };
    const depending = { plan: now.plan, progress: this.#progress, earlier, ...this.#waiting() };
    const ready = this.#options.detach
      ? (service: ServicePlan) => this.#readyAtOnce(service)
      : this.#readyInTime(depending, leave);
    await apply(this.#context, this.#engine, now.plan, this.#progress, { ready, images: this.#images });
    return { agenda: now, isDone: true, earlier };
  }

  /** The ids of the tasks that there are. */
  async #tasks(): Promise<Set<string>> {
    const tasks = await this.#engine.tasks({ stack: this.#wanted.name });
    return new Set(tasks.map(({ ID }) => ID));
  }

  #waiting(): Pick<Depending, 'deadline' | 'timeoutS' | 'since'> {
    return { deadline: this.#deadline, timeoutS: this.#options.timeout, since: this.#since };
  }

  async #readyAtOnce(service: ServicePlan): Promise<ServicePlan> {
    if (service.waitsFor.length > 0) {
      const names = service.waitsFor.map((one) => one.service).join(', ');
      this.#context.out.warn(`${service.name} does not wait for ${names}, as --detach waits for nothing`);
    }
    return service;
  }

  /** After a wait others may have changed what was seen before it: a secret that has another version by then, the service itself. */
  #readyInTime(depending: Depending, leave: Leave): (service: ServicePlan) => Promise<ServicePlan> {
    let fresh: StackPlan | undefined;
    return async (service) => {
      if (service.waitsFor.length > 0) {
        leave();
        await waitFor(this.#context, this.#engine, service, depending);
        await this.#options.push?.run();
        fresh = (await this.#look()).plan;
      }
      if (!fresh) return service;
      const now = fresh.services.find(({ name }) => name === service.name);
      if (now && shownOfService(now) === shownOfService(service)) return now;
      throw new BeltError('somebody else changed it in the meantime');
    };
  }

  /** Waits, says what failed, and removes what nobody needs any more. */
  async #finish({ plan, existing }: Agenda, earlier: ReadonlySet<string>): Promise<number> {
    const { out } = this.#context;
    const { applied } = this.#progress;
    const refused = applied.flatMap(({ name, error }) => (error === undefined ? [] : [refusal(name, error)]));
    if (this.#options.detach) {
      throwFailed(plan.stack, plan.services.length, refused);
      await this.#cleanUp(plan, existing);
      if (applied.length > 0) out.note(notWaiting(plan.stack));
      return 0;
    }
    const failed = [...refused, ...(await this.#wait(plan, earlier))];
    throwFailed(plan.stack, plan.services.length, failed);
    await this.#cleanUp(plan, existing);
    if (applied.length > 0) out.note(`${plan.stack}: ${count(plan.services.length, 'service')} converged`);
    return 0;
  }

  async #wait(plan: StackPlan, earlier: ReadonlySet<string>): Promise<Cause[]> {
    const { mark, applied } = this.#progress;
    const services = plan.services.flatMap(({ name, spec: { Name: fullName } }) => {
      const own = applied.find((one) => one.name === name);
      return own?.error === undefined ? [{ name, fullName, wrote: own?.changed ? mark : undefined }] : [];
    });
    const settling = { of: { stack: plan.stack }, services, earlier, ...this.#waiting() };
    return settle(this.#context, this.#engine, settling);
  }

  /** Not while another run is between making a config and the service that uses it. */
  async #cleanUp(plan: StackPlan, before: Existing): Promise<void> {
    if (isNothing(plan)) return;
    await this.#ofStack(async () => {
      await removeServices(this.#context, this.#engine, plan.removals, this.#progress.removed);
      const now = await observe(this.#engine, plan.stack);
      const left = unused(now, plan, { nowMs: this.#context.clock.now(), usedBefore: usedIn(before) });
      const rest = plan.removals.filter(({ kind }) => kind !== 'services');
      await removeParts(this.#context, this.#engine, [...left, ...rest], { patient: !this.#options.detach });
      const present = contentIn(now.services);
      const old = [...contentIn(before.services)].filter((name) => !present.has(name));
      // Until it has converged, tasks of the version before may still run.
      if (old.length > 0 && !this.#options.detach) await removeOldImages(this.#context, old);
    });
  }
}
