// One service changed, whoever else changes it, and whatever becomes of the answer.
import { inSequence } from '../engine/sequence.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { DEPLOYMENT } from './labels.ts';

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

/** @throws EngineError */
export async function changeService(
  engine: StackEngine,
  now: ApiService,
  { mark, label = DEPLOYMENT, specOf, auth }: Change,
): Promise<void> {
  let latest = now;
  await inSequence(async () => {
    try {
      await engine.updateService({ id: now.ID, version: latest.Version.Index }, specOf(latest), auth);
    } catch (error) {
      const fresh = (await engine.services()).find(({ ID }) => ID === now.ID);
      // The answer got lost, and the change did not.
      if (fresh?.Spec.Labels?.[label] === mark) return;
      latest = fresh ?? latest;
      throw error;
    }
  });
}
