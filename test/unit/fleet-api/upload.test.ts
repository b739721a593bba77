// What is sent to engines over links that take their time.
import { expect, test } from 'vitest';
import { json, over, overInNoTime } from './engines.ts';

const MB = 1e6;

test('an upload that fills a slow link does not make its node silent', async () => {
  const { engines, askText, ask, told, slowDown } = await overInNoTime('a', 'b');
  let taken = 0;
  engines[0]!.also = (request, response, path) => {
    if (path !== '/images/load') return false;
    request.on('data', ({ length }: Buffer) => {
      taken += length;
    });
    request.on('end', () => json(response, 200, { stream: 'Loaded image: app\n' }));
    return true;
  };
  engines[1]!.also = engines[0]!.also;
  // Of what counts as silence, a ping takes twice as much behind it.
  slowDown('a', 2_000);
  const load = askText('POST', '/images/load', 'x'.repeat(4 * MB));
  await expect.poll(() => taken).toBeGreaterThan(0);
  const list = ask('GET', '/containers/json');
  const { status, text } = await load;
  expect([status, text]).toEqual([200, expect.stringContaining('Loading... : done')]);
  expect(text).not.toContain('error');
  expect((await list).status).toBe(200);
  expect(taken).toBeGreaterThanOrEqual(2 * 4 * MB);
  expect(told).toEqual([]);
});

test('an engine that is frozen in the middle of an upload is silent', async () => {
  const { engines, askText, told } = await overInNoTime('a');
  engines[0]!.also = (request, _response, path) => {
    if (path !== '/images/load') return false;
    engines[0]!.isFrozen = true;
    request.pause();
    return true;
  };
  const { status, text } = await askText('POST', '/images/load', 'x'.repeat(500_000));
  expect(status).toBe(500);
  expect(JSON.parse(text).message).toMatch(/^a does not answer: its Docker engine is silent \([\d.]+ s\)$/);
  expect(told).toHaveLength(1);
});

test('a refusal names its node once', async () => {
  const { engines, askText } = await over('a', 'b');
  for (const engine of engines) {
    engine.also = (_request, response, path) => {
      if (path !== '/images/create') return false;
      json(response, 404, { message: 'no such thing' });
      return true;
    };
  }
  const { text } = await askText('POST', '/images/create?fromImage=x');
  expect(JSON.parse(text).message).toBe('a: no such thing (failed on b too)');
});
