// The mark of a deployment on the services that it changed: which of two came later can be told from them.
import { randomBytes } from 'node:crypto';
import type { ApiService } from '../engine/stack-calls.ts';
import { DEPLOYMENT, type Labelled } from './labels.ts';

/** `2026-01-31T12:00:00.000Z-1f0c9a3b`: a time, and what two runs at the same time differ in. */
const MARK = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-[0-9a-f]{8}$/;

/** The mark in a spec's labels; undefined where `belt deploy` did not write it. */
export const markOf = (spec: { Labels?: Labelled } | null | undefined): string | undefined => {
  const mark = spec?.Labels?.[DEPLOYMENT];
  return mark !== undefined && MARK.test(mark) ? mark : undefined;
};

/** The mark of the newest deployment that changed one of the services, those that were rolled back among them. */
export const newestMark = (services: readonly ApiService[]): string | undefined =>
  services
    .flatMap(({ Spec, PreviousSpec }) => [markOf(Spec), markOf(PreviousSpec)])
    .filter((mark) => mark !== undefined)
    .toSorted()
    .at(-1);

/** When the deployment of a mark began, as ISO 8601. */
export const deployedAt = (mark: string): string | undefined => MARK.exec(mark)?.[1];

/** The mark of a deployment that begins at `nowMs` (since the epoch), later than all that the services have, whatever clock wrote those. */
export function newMark(nowMs: number, services: readonly ApiService[]): string {
  const [, newest] = MARK.exec(newestMark(services) ?? '') ?? [];
  const ms = Math.max(nowMs, newest === undefined ? 0 : Date.parse(newest) + 1);
  return `${new Date(ms).toISOString()}-${randomBytes(4).toString('hex')}`;
}
