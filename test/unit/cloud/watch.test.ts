import { describe, expect, test } from 'vitest';
import { type Watch, watch } from '../../../src/cloud/watch.ts';
import type { Droplet } from '../../../src/model/droplet.ts';
import { FakeClock } from '../fake-clock.ts';
import { aDroplet } from './things.ts';

interface World {
  clock: FakeClock;
  watching: Watch;
  /** What the list holds. */
  list: Droplet[];
  /** What exists and is not in the list. */
  unlisted: Droplet[];
  /** `5@2000`: droplet 5 was asked for by its id at 2 s. */
  asked: string[];
  /** When each look was, in ms after the start. */
  looks: number[];
  /** `5@2000`: droplet 5 was seen at 2 s. */
  seen: string[];
  gone: number[];
  troubles: string[];
  breakNext: (error: Error) => void;
  stop: () => Promise<void>;
}

function start(): World {
  const clock = new FakeClock({ startMs: 0, auto: false });
  const controller = new AbortController();
  const [looks, seen, gone, troubles]: [number[], string[], number[], string[]] = [[], [], [], []];
  const list: Droplet[] = [];
  const [unlisted, asked]: [Droplet[], string[]] = [[], []];
  let broken: Error | undefined;
  const droplets = async ({ tag }: { tag?: string } = {}) => {
    expect(tag).toBe('belt-cluster-blue');
    looks.push(clock.now());
    const error = broken;
    broken = undefined;
    if (error) throw error;
    return [...list];
  };
  const watching = watch({
    cloud: {
      droplets,
      droplet: async (id) => {
        asked.push(`${id}@${clock.now()}`);
        return [...list, ...unlisted].find((droplet) => droplet.id === id);
      },
    },
    clock,
    signal: controller.signal,
    tag: 'belt-cluster-blue',
    onSeen: ({ id }) => seen.push(`${id}@${clock.now()}`),
    onGone: (id) => gone.push(id),
    onTrouble: (error) => troubles.push((error as Error).message),
  });
  const stop = async () => {
    controller.abort(new Error('done'));
    await watching.done;
  };
  const breakNext = (error: Error) => {
    broken = error;
  };
  return { clock, watching, list, unlisted, asked, looks, seen, gone, troubles, breakNext, stop };
}

const withAddress = (id: number) => aDroplet({ id, publicAddress: `192.0.2.${id}` });

describe('the watch', () => {
  test('one look serves all; droplets that nobody asked about are passed over', async () => {
    const { clock, watching, list, looks, seen, stop } = start();
    list.push(...[1, 2, 3, 4, 5].map((id) => aDroplet({ id })));
    for (const id of [1, 2, 3]) watching.add(id);
    await clock.advance(2_000);
    expect(looks).toEqual([2_000]);
    expect(seen).toEqual(['1@2000', '2@2000', '3@2000']);
    await stop();
  });

  test('nothing is asked while nothing is watched', async () => {
    const { clock, watching, list, looks, stop } = start();
    await clock.advance(60_000);
    expect(looks).toEqual([]);
    list.push(withAddress(1));
    watching.add(1);
    await clock.advance(2_000);
    watching.drop(1);
    await clock.advance(60_000);
    expect(looks).toEqual([62_000]);
    await stop();
  });

  test('eager while an address is missing, patient after', async () => {
    const { clock, watching, list, looks, stop } = start();
    list.push(withAddress(1), aDroplet({ id: 2 }));
    for (const id of [1, 2]) watching.add(id);
    await clock.advance(6_000);
    expect(looks).toEqual([2_000, 4_000, 6_000]);
    list[1] = withAddress(2);
    await clock.advance(32_000);
    expect(looks.slice(3)).toEqual([8_000, 18_000, 28_000, 38_000]);
    await stop();
  });

  test('a droplet that comes while the others have their addresses is looked for soon', async () => {
    const { clock, watching, list, looks, seen, stop } = start();
    list.push(withAddress(1));
    watching.add(1);
    await clock.advance(5_000);
    expect(looks).toEqual([2_000]);
    list.push(withAddress(2));
    watching.add(2);
    await clock.advance(2_000);
    expect(seen).toContain('2@6000');
    await stop();
  });

  test('a large fleet is looked at less often: each look costs a request a page', async () => {
    const { clock, watching, list, looks, stop } = start();
    for (let id = 1; id <= 450; id++) {
      list.push(aDroplet({ id }));
      watching.add(id);
    }
    await clock.advance(18_000);
    expect(looks).toEqual([6_000, 12_000, 18_000]);
    await stop();
  });

  test('a droplet that is missing twice is gone, and told once', async () => {
    const { clock, watching, list, gone, seen, stop } = start();
    list.push(withAddress(1), withAddress(2));
    for (const id of [1, 2]) watching.add(id);
    await clock.advance(2_000);
    list.shift();
    await clock.advance(10_000);
    expect(gone).toEqual([]);
    await clock.advance(2_000);
    expect(gone).toEqual([1]);
    await clock.advance(60_000);
    expect(gone).toEqual([1]);
    expect(seen.filter((line) => line.startsWith('1@'))).toEqual(['1@2000']);
    await stop();
  });

  test('a droplet that is missing once, right after its creation, is not gone', async () => {
    const { clock, watching, list, gone, seen, stop } = start();
    watching.add(1);
    await clock.advance(2_000);
    list.push(aDroplet({ id: 1 }));
    await clock.advance(2_000);
    list.pop();
    await clock.advance(2_000);
    list.push(withAddress(1));
    await clock.advance(2_000);
    expect(gone).toEqual([]);
    expect(seen).toEqual(['1@4000', '1@8000']);
    await stop();
  });

  test('a droplet that the list lacks and that exists is not gone: it is seen by its id', async () => {
    const { clock, watching, unlisted, gone, seen, asked, stop } = start();
    unlisted.push(withAddress(1));
    watching.add(1);
    await clock.advance(8_000);
    expect(asked).toEqual(['1@4000']);
    expect(seen).toEqual(['1@4000']);
    await clock.advance(60_000);
    expect(gone).toEqual([]);
    unlisted.pop();
    await clock.advance(20_000);
    expect(gone).toEqual([1]);
    await stop();
  });

  test('of many that the list lacks a few are asked for at a time', async () => {
    const { clock, watching, unlisted, gone, asked, seen, stop } = start();
    for (let id = 1; id <= 12; id++) {
      unlisted.push(withAddress(id));
      watching.add(id);
    }
    await clock.advance(4_000);
    expect(asked).toHaveLength(4);
    await clock.advance(8_000);
    expect(new Set(seen.map((line) => line.split('@')[0])).size).toBe(12);
    expect(gone).toEqual([]);
    await stop();
  });

  test('a look that fails is told, and counts against no droplet', async () => {
    const { clock, watching, list, troubles, gone, seen, breakNext, stop } = start();
    list.push(aDroplet({ id: 1 }));
    watching.add(1);
    breakNext(new Error('DigitalOcean answered 503'));
    await clock.advance(2_000);
    breakNext(new Error('the connection was lost'));
    await clock.advance(2_000);
    expect(troubles).toEqual(['DigitalOcean answered 503', 'the connection was lost']);
    await clock.advance(2_000);
    expect(seen).toEqual(['1@6000']);
    expect(gone).toEqual([]);
    await stop();
  });

  test('its end is no trouble', async () => {
    const { clock, watching, troubles, looks, stop } = start();
    watching.add(1);
    await clock.advance(2_000);
    await stop();
    await clock.advance(60_000);
    expect(troubles).toEqual([]);
    expect(looks).toEqual([2_000]);
  });
});
