// Integers of 64 bits on their way through.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../../src/fleet-api/json.ts';
import { eventOf, SwarmTold } from '../../../src/fleet-api/merge/events.ts';
import { json, over } from './engines.ts';

const MOST = '9223372036854775807';

test('what is parsed is written as it was, whatever is in it', () => {
  const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map((one) => String(one));
  const texts = fc.oneof(
    integers,
    fc.string({ unit: 'binary' }).map((one) => JSON.stringify(one)),
  );
  const values = fc.oneof(texts, fc.constantFrom('null', '0.5', 'true', `"${MOST}"`, `"a\\":${MOST}"`));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), values)), (pairs) => {
      const unique = [...new Map(pairs.map(([key, value]) => [`k${key}`, value]))];
      const text = `{${unique.map(([key, value]) => `${JSON.stringify(key)}:[${value}]`).join(',')}}`;
      expect(jsonText(parseJson(text))).toBe(text);
    }),
    { seed: 11, numRuns: 100 },
  );
});

test('an integer that a number holds is one', () => {
  expect(parseJson(`[${Number.MAX_SAFE_INTEGER}, 1234567890123456.5, 1e20]`)).toEqual([
    Number.MAX_SAFE_INTEGER,
    1234567890123456.5,
    1e20,
  ]);
  expect(() => parseJson(`[${MOST}`)).toThrow(SyntaxError);
});

test('a limit of all that there is: created, inspected and told as it is', async () => {
  const { engines, ask, askText } = await over('a');
  let created = '';
  engines[0]!.also = (request, response, path) => {
    const isCreate = path === '/containers/create';
    if (isCreate) {
      request.on('data', (part) => {
        created += part;
      });
      request.on('end', () => json(response, 201, { Id: 'e'.repeat(64) }));
    } else if (/^\/containers\/[0-9a-f]{64}\/json$/.test(path)) {
      const text = `{"Id":"x","HostConfig":{"Memory":${MOST},"Ulimits":[{"Hard":${MOST}}]}}`;
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    } else return false;
    return true;
  };
  const body = `{"HostConfig":{"Memory":1024,"Ulimits":[{"Name":"core","Hard":${MOST},"Soft":-${MOST}}]}}`;
  expect(await askText('POST', '/containers/create', body)).toMatchObject({ status: 201 });
  expect(created).toContain(`"Hard":${MOST},"Soft":-${MOST}`);
  engines[0]!.add('big');
  expect((await askText('GET', '/containers/big/json')).text).toContain(
    `"Memory":${MOST},"Ulimits":[{"Hard":${MOST}}]`,
  );
  expect((await ask('POST', '/containers/create', {})).status).toBe(201);
});

test("an event's time keeps its nanoseconds", () => {
  const event = eventOf('{"timeNano":1764486242123456789}', { name: 'a', address: '10.0.0.1' }, new SwarmTold());
  expect(event).toContain('"timeNano":1764486242123456789');
});
