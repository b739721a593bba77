import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/engine.ts';
import type { ApiService, StackEngine } from '../../../src/engine/stack-calls.ts';
import { createOnce } from '../../../src/stack/apply.ts';
import { changeService } from '../../../src/stack/change.ts';
import { sendBack } from '../../../src/stack/rollback.ts';
import { engineNetwork, engineService, service } from './pieces.ts';

const LOST = new EngineError('m1', 0, 'its Docker engine does not answer (30 s)', { isLate: true });
const STALE = new EngineError('m1', 500, 'rpc error: code = Unknown desc = update out of sequence');

/** What becomes of a request, in order; then all are carried out. */
type Fate = 'lost' | 'done, but lost' | ((service: ApiService) => void) | Error;

const marked = (mark: string, version = 7): ApiService => {
  const { Spec } = engineService(service('web'));
  return {
    ...engineService(service('web')),
    Version: { Index: version },
    Spec: { ...Spec, Labels: { 'belt.deployment': mark } },
  };
};

/** A manager with one service. */
function manager(...fates: Fate[]) {
  const state = {
    service: { ...marked('first'), PreviousSpec: marked('before').Spec } as ApiService | undefined,
    versions: [] as number[],
  };
  const carryOut = async (version: number, change: (service: ApiService) => Partial<ApiService>): Promise<void> => {
    state.versions.push(version);
    const fate = fates.shift();
    if (fate instanceof Error) throw fate;
    if (typeof fate === 'function') fate(state.service!);
    if (fate === 'lost') throw LOST;
    const now = state.service!;
    if (version !== now.Version.Index) throw STALE;
    state.service = { ...now, ...change(now), Version: { Index: version + 1 } };
    if (fate === 'done, but lost') throw LOST;
  };
  const engine = {
    services: async () => (state.service ? [structuredClone(state.service)] : []),
    updateService: ({ version }: { version: number }, spec: ApiService['Spec']) =>
      carryOut(version, ({ Spec }) => ({ Spec: spec, PreviousSpec: Spec })),
    rollbackService: ({ Version }: ApiService) =>
      carryOut(Version.Index, ({ Spec, PreviousSpec }) => ({ Spec: PreviousSpec!, PreviousSpec: Spec })),
  } as unknown as StackEngine;
  const mark = () => [
    state.service?.Spec.Labels?.['belt.deployment'],
    state.service?.PreviousSpec?.Labels?.['belt.deployment'],
  ];
  return { state, engine, mark };
}

/** As Swarm does at each step of an update. */
const step = (now: ApiService): void => {
  now.Version = { Index: now.Version.Index + 1 };
};
const byOther = (now: ApiService): void => {
  Object.assign(now, {
    Version: { Index: now.Version.Index + 1 },
    Spec: marked('theirs').Spec,
    PreviousSpec: now.Spec,
  });
};
/** It was carried out, and then somebody else’s was. */
const overtaken = (now: ApiService): never => {
  byOther(now);
  throw LOST;
};

describe('a change', () => {
  const change = ({ engine, state }: ReturnType<typeof manager>) =>
    changeService(engine, structuredClone(state.service!), { mark: 'second', specOf: () => marked('second').Spec });

  test.each<[string, Fate[], number[]]>([
    ['is sent once', [], [7]],
    ['is sent again, with the same version, where the request was cut', ['lost'], [7, 7]],
    ['is not sent again where only the answer was', ['done, but lost'], [7]],
    ['is sent for the version of the update’s next step', [step], [7, 8]],
    ['is sent for it where the request was cut as well', ['lost', step], [7, 7, 8]],
    ['overtakes another', [byOther], [7, 8]],
  ])('%s', async (_, fates, versions) => {
    const m = manager(...fates);
    await change(m);
    expect(m.mark()[0]).toBe('second');
    expect(m.state.versions).toEqual(versions);
  });

  test('that may have been overtaken undoes nothing', async () => {
    const m = manager(overtaken);
    await expect(change(m)).rejects.toThrow('somebody else changed it in the meantime');
    expect(m.mark()[0]).toBe('theirs');
  });

  test.each<[string, Fate[], string]>([
    ['is cut twice', ['lost', 'lost'], 'does not answer'],
    ['is refused', [new EngineError('m1', 400, 'no such network')], 'no such network'],
  ])('that %s is an error', async (_, fates, message) => {
    await expect(change(manager(...fates))).rejects.toThrow(message);
  });

  test('of what is gone is one', async () => {
    const m = manager(() => {
      m.state.service = undefined;
      throw LOST;
    });
    await expect(change(m)).rejects.toThrow('somebody else removed it in the meantime');
  });
});

describe('a rollback', () => {
  const back = ({ engine, state }: ReturnType<typeof manager>) => sendBack(engine, structuredClone(state.service!));

  test.each<[string, Fate[], number[]]>([
    ['is sent once', [], [7]],
    ['of an update that goes on is sent for its next step', [step], [7, 8]],
    ['is sent again where the request was cut', ['lost'], [7, 7]],
    ['is not sent again where only the answer was: that would go forward again', ['done, but lost'], [7]],
  ])('%s', async (_, fates, versions) => {
    const m = manager(...fates);
    await back(m);
    expect(m.mark()).toEqual(['before', 'first']);
    expect(m.state.versions).toEqual(versions);
  });

  test('of what Swarm rolled back already is not sent again', async () => {
    const m = manager((now) => {
      step(now);
      Object.assign(now, { Spec: now.PreviousSpec, PreviousSpec: null });
    });
    await back(m);
    expect([m.mark(), m.state.versions]).toEqual([['before', undefined], [7]]);
  });

  test('of what somebody else changed is an error', async () => {
    const m = manager(byOther);
    await expect(back(m)).rejects.toThrow('somebody else changed it in the meantime');
    expect(m.mark()).toEqual(['theirs', 'first']);
  });
});

describe('what is created', () => {
  const creating = (...fates: ('lost' | 'made, but lost' | 'taken')[]) => {
    let networks: ReturnType<typeof engineNetwork>[] = [];
    let asked = 0;
    const engine = {
      networks: async () => networks,
      create: async () => {
        asked++;
        const fate = fates.shift();
        if (fate !== 'lost') networks = [engineNetwork('shop_default')];
        if (fate === 'taken') throw new EngineError('m1', 409, 'network with name shop_default already exists');
        if (fate) throw LOST;
        return 'id-shop_default';
      },
    } as unknown as StackEngine;
    return { make: () => createOnce(engine, 'networks', { Name: 'shop_default' }), asked: () => asked };
  };

  test.each<[string, ('lost' | 'made, but lost' | 'taken')[], number]>([
    ['once', [], 1],
    ['and told by nobody', ['made, but lost'], 1],
    ['when the request was cut', ['lost'], 2],
    ['when the request was cut, and arrived all the same', ['lost', 'taken'], 2],
  ])('%s is there once', async (_, fates, times) => {
    const { make, asked } = creating(...fates);
    expect(await make()).toBe('id-shop_default');
    expect(asked()).toBe(times);
  });

  test('and cut twice is an error', async () => {
    await expect(creating('lost', 'lost').make()).rejects.toThrow('does not answer');
  });
});
