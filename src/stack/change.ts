// One service changed, whoever else changes it, and whatever becomes of the answer.
import { isCutOff, isLate } from '../engine/engine.ts';
import { isOutOfSequence, TRIES } from '../engine/sequence.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { BeltError } from '../errors.ts';
import { DEPLOYMENT } from './labels.ts';

export interface Sending {
  /** Sends the change, naming the version of the service that it gets. */
  send: (service: ApiService) => Promise<void>;
  /** Whether the service is what the change makes of it: the answer was an error or got lost, and the change did not. */
  isDone: (fresh: ApiService, answers: Answers) => boolean;
  /** Whether the change is still meant for what the service is now. Every step of an update is a new version of it, too. */
  isMeant: (fresh: ApiService, answers: Answers) => boolean;
}

interface Answers {
  /** One got lost: that change may have been carried out. */
  isOneLost: boolean;
}

/**
 * Sends a change until it is known what became of it. One whose answer got lost is sent once more: it names a version, so that of the
 * two only one can be carried out.
 * @throws EngineError; BeltError where somebody else changed or removed the service
 */
export async function sendChange(
  engine: Pick<StackEngine, 'services'>,
  now: ApiService,
  { send, isDone, isMeant }: Sending,
): Promise<void> {
  let latest = now;
  let lost = 0;
  for (let tries = 1; ; tries++) {
    try {
      return await send(latest);
    } catch (error) {
      const isLost = isCutOff(error) || isLate(error);
      if (isLost) lost++;
      const fresh = await find(engine, now, error);
      const answers = { isOneLost: lost > 0 };
      if (fresh && isDone(fresh, answers)) return;
      if (!isLost && !isOutOfSequence(error)) throw error;
      if (!fresh) throw new BeltError('somebody else removed it in the meantime', { cause: error });
      if (!isMeant(fresh, answers)) throw new BeltError('somebody else changed it in the meantime', { cause: error });
      if (tries >= TRIES || (isLost && lost > 1)) throw error;
      latest = fresh;
    }
  }
}

/** As it is now. @throws the error that it is looked for because of, where nobody tells */
async function find(
  engine: Pick<StackEngine, 'services'>,
  { ID: id }: ApiService,
  error: unknown,
): Promise<ApiService | undefined> {
  const services = await engine.services().catch(() => {
    throw error;
  });
  return services.find(({ ID }) => ID === id);
}

export interface Change {
  /** Is in the spec's labels: tells that it was carried out. */
  mark: string;
  /** Which label that is; by default a deployment's. */
  label?: string | undefined;
  /** What it is to be, given what it is. */
  specOf: (service: ApiService) => object;
  /** For the registry of its image. */
  auth?: object | undefined;
}

/** @throws as `sendChange` */
export function changeService(
  engine: StackEngine,
  now: ApiService,
  { mark, label = DEPLOYMENT, specOf, auth }: Change,
): Promise<void> {
  return sendChange(engine, now, {
    send: (service) => engine.updateService({ id: now.ID, version: service.Version.Index }, specOf(service), auth),
    isDone: ({ Spec }) => Spec.Labels?.[label] === mark,
    // Others are overtaken, unless it may be this very change that they overtook.
    isMeant: ({ Spec }, { isOneLost }) => !isOneLost || Spec.Labels?.[label] === now.Spec.Labels?.[label],
  });
}
