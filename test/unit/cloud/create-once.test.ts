import { describe, expect, test, vi } from 'vitest';
import { createIdempotent, createOnce } from '../../../src/cloud/create-once.ts';
import { Ambiguous, CloudError } from '../../../src/cloud/errors.ts';
import { FakeClock } from '../fake-clock.ts';
import { said } from './things.ts';

const LOST = new Ambiguous('POST /v2/vpcs: the connection was lost');
const TAKEN = new CloudError(422, 'unprocessable_entity', 'DigitalOcean: name is already taken (POST /v2/vpcs: 422)');

/** What is done: `make` answers with these in turn, `find` with those; the last goes on. */
function once(answers: (string | Error)[], found: (string | undefined)[]) {
  const did: string[] = [];
  const clock = new FakeClock();
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift()! : list[0]!);
  const create = async () => {
    did.push('make');
    const answer = next(answers);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const find = async () => {
    did.push('find');
    return next(found);
  };
  const made = createOnce({ create, find }, { clock, signal: new AbortController().signal });
  return { made, did, clock };
}

describe('a thing that the account has once', () => {
  test('is made by one request', async () => {
    const { made, did } = once(['vpc'], [undefined]);
    expect(await made).toBe('vpc');
    expect(did).toEqual(['make']);
  });

  test('is there though the answer got lost: nothing is asked for again', async () => {
    const { made, did } = once([LOST], ['vpc']);
    expect(await made).toBe('vpc');
    expect(did).toEqual(['make', 'find']);
  });

  test('is not there, and asked for again; a request that came through late is found', async () => {
    const { made, did, clock } = once([LOST, TAKEN], [undefined, 'vpc']);
    expect(await made).toBe('vpc');
    expect(did).toEqual(['make', 'find', 'make', 'find']);
    expect(clock.sleeps).toEqual([2_000, 2_000]);
  });

  test('is made by another run meanwhile: that is it', async () => {
    const { made, did } = once([TAKEN], ['vpc']);
    expect(await made).toBe('vpc');
    expect(did).toEqual(['make', 'find']);
  });

  test('is refused, and not there: the refusal is told', async () => {
    const { made, did } = once([TAKEN], [undefined]);
    await expect(made).rejects.toBe(TAKEN);
    expect(did).toEqual(['make', 'find']);
  });

  test('is refused for another reason: the refusal is told at once', async () => {
    const forbidden = new CloudError(403, 'forbidden', 'DigitalOcean: you are not authorized (POST /v2/vpcs: 403)');
    const { made, did } = once([forbidden], ['vpc']);
    await expect(made).rejects.toBe(forbidden);
    expect(did).toEqual(['make']);
  });

  test('is asked for four times, and no more', async () => {
    const { made, did } = once([LOST], [undefined]);
    expect(await said(made)).toBe('POST /v2/vpcs: the connection was lost\nrun the same command again');
    expect(did.filter((what) => what === 'make')).toHaveLength(4);
  });
});

test('a thing that may be created any number of times is asked for until the answer is clear', async () => {
  const answers = [LOST, LOST];
  const clock = new FakeClock();
  const create = vi.fn(async () => {
    const answer = answers.shift();
    if (answer) throw answer;
  });
  await createIdempotent(create, { clock, signal: new AbortController().signal });
  expect([create.mock.calls.length, clock.sleeps]).toEqual([3, [2_000, 2_000]]);
});
