// A secret gets a content: a new version, the services that use it, and away with versions that nobody can go back to.
import { agreed, confirm } from '../agree.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { exclusively } from '../fleet/exclusive.ts';
import { quoteWord } from '../quote.ts';
import { createOnce } from './apply.ts';
import type { Cause } from './causes.ts';
import { changeService } from './change.ts';
import { withEvents } from './events.ts';
import { halfway } from './halfway.ts';
import { DEPLOYMENT, SALT, SECRET, VERSION } from './labels.ts';
import { newMark } from './mark.ts';
import { newSalt, SECRETS_SALT } from './names.ts';
import { noSecret, saltIn } from './observe.ts';
import { removeParts } from './remove.ts';
import { refusal, settle, throwFailed } from './settle.ts';
import { usedIn } from './unused.ts';
import { planRotation, type Rotation, versionsOf, withVersion } from './versions.ts';

export interface RotateOptions {
  name: string;
  /** Never printed. */
  content: Buffer;
  /** It has to be there already. */
  mustExist: boolean;
  yes?: boolean | undefined;
  detach?: boolean | undefined;
  /** Seconds. */
  timeout: number;
}

/**
 * Gives a secret a content, and the services that use it the version with that content; waits until they run. Gives the exit code.
 * @throws NodesFailed naming the services that do not run, and why
 */
export async function setSecret(context: Context, options: RotateOptions): Promise<number> {
  context.secrets.add(options.content.toString());
  let rotating: Rotating | undefined;
  try {
    return await withEvents(context, { secret: options.name }, {}, (engine) => {
      rotating = new Rotating(context, engine, options);
      return rotating.run();
    });
  } catch (error) {
    const { sent = [] } = rotating ?? {};
    if (sent.length === 0) throw error;
    const hint = `the same command again goes on; which service has which version: belt secret ls ${quoteWord(options.name)}`;
    throw halfway(error, `updated before that: ${sent.join(', ')}`, hint);
  }
}

/** What a run changed, and has to wait for. */
interface Updated {
  rotation: Rotation;
  of: { services: string[] };
  /** The ids of tasks that were there before anything was changed. */
  earlier: ReadonlySet<string>;
  mark: string;
  refused: Cause[];
}

class Rotating {
  readonly #context: Context;
  readonly #engine: StackEngine;
  readonly #options: RotateOptions;
  /** The services that this run changed. */
  readonly sent: string[] = [];

  constructor(context: Context, engine: StackEngine, options: RotateOptions) {
    this.#context = context;
    this.#engine = engine;
    this.#options = options;
  }

  async run(): Promise<number> {
    const { out } = this.#context;
    const { name, mustExist, yes } = this.#options;
    const seen = await this.#look();
    if (mustExist && seen.versions.length === 0) throw noSecret(name);
    const names = namesOf(seen.services);
    if (names.length > 0) {
      out.note(`${names.join(', ')} will be updated to the new content of ${name}`);
      if (this.#context.interactive) {
        const consent = { yes, asks: '', hint: '' };
        await agreed(this.#context, consent, () => confirm(this.#context, `Update ${count(names.length, 'service')}?`));
      }
    }
    // Others need not wait until the services run.
    const updated = await this.#alone(async () => this.#update(await this.#create(await this.#look())));
    await this.#finish(updated);
    return 0;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return exclusively(this.#context, `belt secret ${this.#options.mustExist ? 'rotate' : 'set'}`, work);
  }

  async #look(): Promise<Rotation & { salt: Buffer | undefined }> {
    const [services, configs, secrets] = await Promise.all([
      this.#engine.services(),
      this.#engine.configs(),
      this.#engine.secrets(),
    ]);
    const salt = saltIn(configs, SECRETS_SALT);
    const { name, content } = this.#options;
    return { ...planRotation(name, content, { services, secrets, salt: salt ?? newSalt() }), salt };
  }

  async #create(rotation: Rotation & { salt: Buffer | undefined }): Promise<Rotation> {
    const { out } = this.#context;
    if (rotation.isSame) {
      if (rotation.services.length === 0) out.note(`${rotation.name} has this content already`);
      return rotation;
    }
    if (!rotation.salt) {
      await this.#createSalt();
      // Of two runs at a time, one's key is the key.
      return this.#create(await this.#look());
    }
    const { name, target } = rotation;
    const body = {
      Name: target.object,
      Labels: { [SECRET]: name, [VERSION]: String(target.version) },
      Data: this.#options.content.toString('base64'),
    };
    const id = await createOnce(this.#engine, 'secrets', body);
    const what = { kind: 'secret', name, version: target.version, object: target.object };
    out.tell('created', what, `created version ${target.version} of ${name}: ${target.object}`);
    return { ...rotation, target: { ...target, id } };
  }

  async #createSalt(): Promise<void> {
    const Labels = { [SALT]: 'hashes the contents of secrets into their names' };
    await createOnce(this.#engine, 'configs', { Name: SECRETS_SALT, Labels, Data: newSalt().toString('base64') });
  }

  async #update(rotation: Rotation): Promise<Updated> {
    const { services, done } = rotation;
    const of = { services: [...services, ...done].map(({ ID }) => ID) };
    const earlier = new Set((await this.#engine.tasks(of)).map(({ ID }) => ID));
    const mark = newMark(this.#context.clock.now(), services);
    return { rotation, of, earlier, mark, refused: await this.#send(rotation, mark) };
  }

  /** Waits, says what failed, and removes what nobody needs any more. */
  async #finish({ rotation, of, earlier, mark, refused }: Updated): Promise<void> {
    const { out } = this.#context;
    const { name, services, done } = rotation;
    const watched = namesOf(services)
      .filter((each) => this.sent.includes(each))
      .map((each) => ({ name: each, fullName: each, wrote: mark }));
    const before = namesOf(done).map((each) => ({ name: each, fullName: each, wrote: undefined }));
    const failed = this.#options.detach
      ? []
      : await settle(this.#context, this.#engine, {
          of,
          services: [...watched, ...before],
          earlier,
          timeoutS: this.#options.timeout,
        });
    const hint = `versions that are needed to go back are kept; which service has which: belt secret ls ${quoteWord(name)}`;
    throwFailed(`secret ${name}`, of.services.length, [...refused, ...failed], hint);
    if (this.#options.detach && services.length > 0) {
      return out.note(`not waiting for ${namesOf(services).join(', ')}; earlier versions stay until the next rotation`);
    }
    // Not while another run is between making a version and the services that use it.
    await this.#alone(() => this.#removeUnused(rotation));
    if (services.length > 0) out.note(`${name}: ${count(services.length, 'service')} converged with its new content`);
    else if (!rotation.isSame)
      out.note(`no service uses it yet; in a Compose file: secrets: {${name}: {external: true}}`);
  }

  async #send(rotation: Rotation, mark: string): Promise<Cause[]> {
    const { out, signal } = this.#context;
    const refused: Cause[] = [];
    for (const service of rotation.services) {
      const { Name: name } = service.Spec;
      const specOf = (latest: ApiService) => {
        const spec = withVersion(latest, rotation);
        return { ...spec, Labels: { ...spec.Labels, [DEPLOYMENT]: mark } };
      };
      try {
        await changeService(this.#engine, service, { mark, specOf });
        this.sent.push(name);
        out.tell('updated', { kind: 'service', name }, `updated service ${name}`);
      } catch (error) {
        signal.throwIfAborted();
        refused.push(refusal(name, error));
      }
    }
    return refused;
  }

  /** Not what a service may be rolled back to, and nothing that belt did not make. */
  async #removeUnused({ name, target }: Rotation): Promise<void> {
    const [services, secrets] = await Promise.all([this.#engine.services(), this.#engine.secrets()]);
    const used = usedIn({ services });
    const unused = versionsOf(name, secrets).filter(({ id }) => id !== target.id && !used.has(id));
    const own = unused.filter(({ version }) => version > 0 && version < target.version);
    await removeParts(
      this.#context,
      this.#engine,
      own.map(({ id, object }) => ({ kind: 'secrets', id, name: object })),
      { patient: false },
    );
    if (unused.some(({ version }) => version === 0)) {
      this.#context.out.note(`the secret ${name} that belt did not make stays, with its old content; nothing uses it`);
    }
  }
}

const namesOf = (services: readonly ApiService[]): string[] => services.map(({ Spec }) => Spec.Name);
