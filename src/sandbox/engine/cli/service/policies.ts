// What a service's options say of restarts, updates, and what its tasks may take.

import { Failure, type Values } from '../framework/command.ts';

const SECOND = 1_000_000_000;
const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND };

/** `1m30s` in nanoseconds. */
export const nanoseconds = (text: string): number =>
  [...text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * UNITS[unit!]!,
    0,
  );

/** `64M` in bytes. */
function bytes(text: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+) ?([kmgtp]?)/i.exec(text) ?? [];
  return Math.floor(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

const RESTART = ['restart-condition', 'restart-delay', 'restart-max-attempts', 'restart-window'];

/** Undefined where nothing is said of restarts. */
export function restartPolicy(values: Values, before?: object): object | undefined {
  if (!RESTART.some((name) => values.has(name))) return before;
  return {
    Condition: 'any',
    Delay: 5 * SECOND,
    MaxAttempts: 0,
    ...before,
    ...given(values, 'restart-condition', 'Condition', String),
    ...given(values, 'restart-delay', 'Delay', nanoseconds),
    ...given(values, 'restart-max-attempts', 'MaxAttempts', Number),
    ...given(values, 'restart-window', 'Window', nanoseconds),
  };
}

/** How an update, or a rollback, goes on. Undefined where nothing is said of it. */
export function rolling(values: Values, kind: 'update' | 'rollback', before?: object): object | undefined {
  const parts = ['parallelism', 'delay', 'failure-action', 'monitor', 'max-failure-ratio', 'order'];
  if (!parts.some((part) => values.has(`${kind}-${part}`))) return before;
  const all: Record<string, unknown> = {
    Parallelism: 1,
    FailureAction: 'pause',
    Monitor: 5 * SECOND,
    MaxFailureRatio: 0,
    Order: 'stop-first',
    ...before,
    ...given(values, `${kind}-parallelism`, 'Parallelism', Number),
    ...given(values, `${kind}-delay`, 'Delay', nanoseconds),
    ...given(values, `${kind}-failure-action`, 'FailureAction', String),
    ...given(values, `${kind}-monitor`, 'Monitor', nanoseconds),
    ...given(values, `${kind}-max-failure-ratio`, 'MaxFailureRatio', Number),
    ...given(values, `${kind}-order`, 'Order', String),
  };
  const { Parallelism, Delay, ...rest } = all;
  return { Parallelism, ...(Delay ? { Delay } : {}), ...rest };
}

export interface Resources {
  Limits?: object;
  Reservations?: object;
}

export function resources(values: Values, before: Resources = {}): Resources {
  return {
    Limits: {
      ...before.Limits,
      ...given(values, 'limit-cpu', 'NanoCPUs', nanoCpus),
      ...given(values, 'limit-memory', 'MemoryBytes', bytes),
      ...given(values, 'limit-pids', 'Pids', Number),
    },
    Reservations: {
      ...before.Reservations,
      ...given(values, 'reserve-cpu', 'NanoCPUs', nanoCpus),
      ...given(values, 'reserve-memory', 'MemoryBytes', bytes),
    },
  };
}

const nanoCpus = (text: string): number => Math.round(Number(text) * 1e9);

function given(values: Values, option: string, field: string, read: (text: string) => unknown): object {
  const text = values.text(option);
  return text === undefined ? {} : { [field]: read(text) };
}

/** A network that the options name. The sandbox has none but those that every engine has, and cannot attach to these. */
export function refuseNetworks(names: readonly string[]): void {
  for (const name of names) {
    if (['bridge', 'host', 'none', 'ingress', 'docker_gwbridge'].includes(name)) {
      throw new Failure(`docker: 'service create --network' is not simulated by this sandbox`, 125);
    }
    throw new Failure(`Error response from daemon: network ${name} not found`);
  }
}
