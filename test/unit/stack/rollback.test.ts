import { describe, expect, test } from 'vitest';
import type { ApiService } from '../../../src/engine/stack-calls.ts';
import { newestMark, newMark } from '../../../src/stack/mark.ts';
import { lastChanges } from '../../../src/stack/rollback.ts';
import { engineService, service } from './pieces.ts';

const NOON_MS = Date.parse('2026-01-31T12:00:00Z');
const [first, second] = [newMark(NOON_MS, []), newMark(NOON_MS + 1000, [])];

interface History {
  /** The mark of the spec; none: somebody else wrote it. */
  now?: string | undefined;
  /** That of the one before; `none`: there is none before. */
  before?: string | undefined;
  more?: Partial<ApiService>;
}

function made(name: string, { now, before, more }: History): ApiService {
  const marked = (mark: string | undefined) => {
    const { Spec } = engineService(service(name));
    const { 'belt.deployment': _, ...labels } = Spec.Labels!;
    return { ...Spec, Labels: { ...labels, ...(mark !== undefined && { 'belt.deployment': mark }) } };
  };
  return {
    ...engineService(service(name)),
    Spec: marked(now),
    ...(before !== 'none' && { PreviousSpec: marked(before) }),
    ...more,
  };
}

const names = (...services: ApiService[]) => {
  const { back, created } = lastChanges('shop', services);
  return { back: back.map(({ Spec }) => Spec.Name), created: created.map(({ Spec }) => Spec.Name) };
};
const NOTHING = 'nothing to go back to: the last deployment of shop was rolled back already';
const byHand = (what: string) => `${what} changed by hand since the last deployment of shop`;

describe('what the last deployment changed', () => {
  test('is what has the newest mark, whatever was touched later', () => {
    const db = made('db', { now: first, before: first, more: { UpdatedAt: '2027-01-01T00:00:00Z' } });
    const web = made('web', { now: second, before: first, more: { UpdatedAt: '2026-01-01T00:00:00Z' } });
    const app = made('app', { now: second, before: 'none' });
    expect(names(db, web, app)).toEqual({ back: ['shop_web'], created: ['shop_app'] });
  });

  test('is not known where something was changed by hand after it', () => {
    const web = made('web', { now: second, before: second });
    const app = made('app', { before: second });
    expect(() => names(web)).toThrow(byHand('web was'));
    expect(() => names({ ...web, UpdateStatus: { State: 'rollback_completed' } })).toThrow(byHand('web was'));
    expect(() => names(web, app, made('db', { now: second, before: first }))).toThrow(byHand('web, app were'));
  });

  test.each<[string, History]>([
    ['by hand or by belt', { now: first, before: second, more: { UpdateStatus: { State: 'rollback_completed' } } }],
    ['just now', { now: first, before: second, more: { UpdateStatus: { State: 'rollback_started' } } }],
    ['by an engine that tells no state', { now: first, before: second }],
    ['to what belt had not made', { before: second, more: { UpdateStatus: { State: 'rollback_completed' } } }],
    ['by Swarm', { now: first, before: 'none', more: { UpdateStatus: { State: 'rollback_completed' } } }],
  ])('is not gone back to twice: it was rolled back %s', (_, web) => {
    expect(() => names(made('web', web))).toThrow(NOTHING);
    expect(() => names(made('web', web), made('db', { now: 'of another kind', before: 'none' }))).toThrow(NOTHING);
  });

  test('of services of which some were rolled back, the others are left', () => {
    const web = made('web', { now: first, before: second });
    expect(names(web, made('db', { now: second, before: first })).back).toEqual(['shop_db']);
  });

  test('what Swarm rolled back hides which deployment was the last: nothing older is undone', () => {
    const web = made('web', { now: second, before: 'none', more: { UpdateStatus: { State: 'rollback_completed' } } });
    expect(() => names(web, made('db', { now: second, before: first }))).toThrow(
      'Swarm itself rolled web back when the last deployment of shop failed',
    );
  });

  test('is nothing where belt made none', () => {
    expect(() => names(made('web', { before: 'none' }))).toThrow('shop was not deployed by belt');
    expect(() => names()).toThrow('the swarm has no stack shop');
  });
});

test('a mark is later than those before it, even by a clock that is behind', () => {
  const services = [made('web', { now: second, before: first })];
  expect(newestMark(services)).toBe(second);
  expect(newMark(NOON_MS - 60_000, services) > second).toBe(true);
  expect(newMark(NOON_MS, [])).not.toBe(newMark(NOON_MS, []));
});
