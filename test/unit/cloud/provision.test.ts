import { afterEach, describe, expect, test } from 'vitest';
import { budget } from '../../../src/cloud/budget.ts';
import { cloud } from '../../../src/cloud/client.ts';
import { Ambiguous, CloudError, Offline } from '../../../src/cloud/errors.ts';
import { batches, provision } from '../../../src/cloud/provision.ts';
import { transport } from '../../../src/cloud/transport.ts';
import { BeltError } from '../../../src/errors.ts';
import { FakeClock } from '../fake-clock.ts';
import { type TestApi, testApi } from '../sandbox/with-api.ts';
import { BLUEPRINT, FakeAccount, names, oneBatch, provisioning, RUN } from './fake-account.ts';

const lost = new Ambiguous('POST /v2/droplets: the connection was lost');
const refused = new CloudError(422, 'unprocessable_entity', 'DigitalOcean: no (POST /v2/droplets: 422)');
const keyLate = new CloudError(
  422,
  'unprocessable_entity',
  'DigitalOcean: 816630 are invalid key identifiers for Droplet creation (POST /v2/droplets: 422)',
);

describe('requests', () => {
  test.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [34, [10, 10, 10, 4]],
  ])('%i names: at most ten a request', (count, sizes) => {
    const cut = batches(names(count), BLUEPRINT);
    expect(cut.map((batch) => batch.names.length)).toEqual(sizes);
    expect(cut.flatMap((batch) => batch.names)).toEqual(names(count));
  });

  test('are told before they are sent, and go side by side up to the limit', async () => {
    const account = new FakeAccount();
    let [open, most] = [0, 0];
    const create = account.cloud.createDroplets;
    const slow: typeof create = async (request) => {
      expect(seen.told).toContainEqual(request.names);
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return create(request);
    };
    const { options, seen } = provisioning(account, {
      cloud: { ...account.cloud, createDroplets: slow },
      concurrency: 3,
    });
    await provision(batches(names(95), BLUEPRINT), options);
    expect(most).toBe(3);
    expect(seen.created.toSorted()).toEqual(names(95).toSorted());
    expect(seen.failed).toEqual([]);
    expect(account.looks).toBe(0);
  });

  test('that cannot be recorded are not sent', async () => {
    const account = new FakeAccount();
    const full = new BeltError('cannot write runs/1.json: the disk is full');
    const { options, seen } = provisioning(account, {
      onRequest: () => {
        throw full;
      },
    });
    await provision(oneBatch(2), options);
    expect(account.requests).toEqual([]);
    expect(seen.failed).toEqual([{ names: names(2), error: full }]);
  });
});

describe('an answer that got lost', () => {
  test('all were made: they are found, and nothing is asked for again', async () => {
    const account = new FakeAccount();
    account.trouble = () => ({ made: 10, error: lost });
    const { options, seen } = provisioning(account);
    await provision(oneBatch(10), options);
    expect(account.requests).toHaveLength(1);
    expect(seen.created).toEqual(names(10));
    expect(account.looks).toBe(1);
  });

  test('half were made: only the others are asked for again', async () => {
    const account = new FakeAccount();
    account.trouble = (_, before) => (before === 0 ? { made: 4, error: lost } : undefined);
    const { options, seen } = provisioning(account);
    await provision(oneBatch(10), options);
    expect(account.requests).toEqual([names(10), names(10).slice(4)]);
    expect(seen.told).toEqual(account.requests);
    expect(account.names).toEqual(names(10));
    expect(seen.created).toEqual(names(10));
  });

  test.each([1, 3, 6])('they show late, at look %i: nothing is asked for again', async (afterLooks) => {
    const account = new FakeAccount();
    account.trouble = () => ({ made: 3, afterLooks, error: lost });
    const { options, seen } = provisioning(account);
    await provision(oneBatch(3), options);
    expect(account.requests).toHaveLength(1);
    expect(seen.created).toEqual(names(3));
  });

  test('none was made: they are asked for again once they were absent for a minute, under the tag and by name', async () => {
    const account = new FakeAccount();
    const asked: number[] = [];
    account.trouble = (_, before) => {
      asked.push(seen.clock.now());
      return before < 2 ? { error: lost } : undefined;
    };
    const { options, seen } = provisioning(account);
    await provision(oneBatch(3), options);
    expect(account.requests).toEqual([names(3), names(3), names(3)]);
    expect(asked.slice(1).map((at, n) => at - asked[n]!)).toEqual([60_000, 60_000]);
    expect(account.looks).toBeGreaterThan(2 * (3 + 3));
    expect(seen.created).toEqual(names(3));
    expect(account.names).toEqual(names(3));
  });

  test('the names that the answer says exist do; only the others are looked for', async () => {
    const account = new FakeAccount();
    account.trouble = (asked, before) => {
      if (before > 0) return undefined;
      const error = Object.assign(new Ambiguous('POST /v2/droplets: cut'), { droplets: account.droplets.slice(0, 1) });
      return { made: asked.length, error };
    };
    const post = account.cloud.createDroplets;
    const cut: typeof post = (request) =>
      post(request).catch((error) => {
        throw Object.assign(error, { droplets: account.droplets.slice(0, 2) });
      });
    const { options, seen } = provisioning(account, { cloud: { ...account.cloud, createDroplets: cut } });
    await provision(oneBatch(3), options);
    expect(account.requests).toHaveLength(1);
    expect(seen.made).toEqual(names(3));
    expect(seen.created.toSorted()).toEqual(names(3));
  });

  test('an answer that names too few is one that says nothing of the others', async () => {
    const account = new FakeAccount();
    const post = account.cloud.createDroplets;
    const short: typeof post = async (request) => (await post(request)).slice(0, 1);
    const { options, seen } = provisioning(account, { cloud: { ...account.cloud, createDroplets: short } });
    await provision(oneBatch(3), options);
    expect(account.requests).toHaveLength(1);
    expect(seen.created.toSorted()).toEqual(names(3));
  });

  test('where the time is up before that is known, belt says that it cannot tell, and asks for nothing again', async () => {
    const account = new FakeAccount();
    account.trouble = () => ({ error: lost });
    const clock = new FakeClock();
    const { options, seen } = provisioning(account, { clock, deadline: clock.now() + 20_000 });
    await provision(oneBatch(2), options);
    expect(account.requests).toHaveLength(1);
    expect(clock.now()).toBe(1_020_000);
    expect(seen.failed.map(({ names, error }) => [names, error.message, error instanceof Ambiguous])).toEqual([
      [names(2), 'cannot tell whether node1, node2 exist: POST /v2/droplets: the connection was lost', true],
    ]);
  });

  test('made twice after all: the lowest id stays, and the other of this run is removed', async () => {
    const account = new FakeAccount();
    account.trouble = (_, before) => (before === 0 ? { made: 1, afterLooks: 100, error: lost } : undefined);
    const { options, seen } = provisioning(account);
    const post = account.cloud.createDroplets;
    options.cloud = {
      ...account.cloud,
      createDroplets: async (request) => {
        const made = await post(request);
        // While the second request was on its way the first one's droplet shows.
        account.droplets.unshift({ ...made[0]!, id: 0 });
        return made;
      },
    };
    await provision(oneBatch(1), options);
    expect(account.requests).toHaveLength(2);
    expect(account.droplets.map(({ id }) => id)).toEqual([0]);
    expect(seen.created).toEqual(['node1']);
    expect(seen.lost).toEqual([]);
  });

  test("droplets of other runs with the same names are not this run's", async () => {
    const account = new FakeAccount();
    await account.cloud.createDroplets({ ...BLUEPRINT, tags: ['belt', 'belt-run-0'], names: ['node1'] });
    account.trouble = (_, before) => (before === 1 ? { error: lost } : undefined);
    const { options, seen } = provisioning(account);
    await provision(oneBatch(1), options);
    expect(account.requests).toHaveLength(3);
    expect(seen.created).toEqual(['node1']);
  });

  test('after three tries belt gives up, and names as failed only what does not exist', async () => {
    const account = new FakeAccount();
    account.trouble = () => ({ made: 1, error: lost });
    const { options, seen } = provisioning(account);
    await provision(oneBatch(10), options);
    expect(account.requests).toHaveLength(3);
    expect(seen.created).toEqual(names(3));
    expect(account.names).toEqual(names(3));
    expect(seen.failed).toEqual([{ names: names(10).slice(3), error: lost }]);
  });

  test('when the list cannot be read either, nothing is asked for again, and belt says that it does not know', async () => {
    const account = new FakeAccount();
    account.trouble = () => ({ made: 2, error: lost });
    account.onLook = () => {
      throw new Offline('cannot reach DigitalOcean at api.digitalocean.com: connection refused');
    };
    const clock = new FakeClock();
    const { options, seen } = provisioning(account, { clock, deadline: clock.now() + 90_000 });
    await provision(oneBatch(2), options);
    expect(account.requests).toHaveLength(1);
    expect(seen.failed.map(({ names, error }) => [names, error.message, error.hint])).toEqual([
      [
        names(2),
        'cannot tell whether node1, node2 exist: cannot reach DigitalOcean at api.digitalocean.com: connection refused',
        'run the same command again: it looks for them first',
      ],
    ]);
  });
});

describe('a refusal', () => {
  test('fails its own batch alone, at once', async () => {
    const account = new FakeAccount();
    account.trouble = (asked) => (asked.includes('node11') ? { error: refused } : undefined);
    const { options, seen } = provisioning(account);
    await provision(batches(names(30), BLUEPRINT), options);
    expect(seen.failed).toEqual([{ names: names(20).slice(10), error: refused }]);
    expect(seen.created.toSorted()).toEqual([...names(10), ...names(30).slice(20)].toSorted());
    expect(account.requests).toHaveLength(3);
    expect(account.looks).toBe(0);
  });

  test('of a key that was just added passes: asked again after a pause, without a look', async () => {
    const account = new FakeAccount();
    account.trouble = (_, before) => (before < 2 ? { error: keyLate } : undefined);
    const { options, seen } = provisioning(account);
    await provision(oneBatch(2), options);
    expect(seen.created).toEqual(names(2));
    expect(seen.clock.sleeps.slice(0, 2)).toEqual([2_000, 2_000]);
    expect(account.looks).toBe(0);
  });

  test('of a key that stays unknown is told', async () => {
    const account = new FakeAccount();
    account.trouble = () => ({ error: keyLate });
    const { options, seen } = provisioning(account);
    await provision(oneBatch(2), options);
    expect(account.requests).toHaveLength(3);
    expect(seen.failed).toEqual([{ names: names(2), error: keyLate }]);
  });

  test('an error that is none of the cloud is not swallowed', async () => {
    const account = new FakeAccount();
    account.trouble = () => ({ error: new TypeError('a bug') });
    const { options } = provisioning(account);
    await expect(provision(oneBatch(2), options)).rejects.toThrow('a bug');
  });
});

describe('an interrupt', () => {
  test('rejects with its reason; no further request is sent or told of', async () => {
    const account = new FakeAccount();
    const controller = new AbortController();
    account.trouble = () => {
      controller.abort(new Error('interrupted'));
      return { made: 10, error: controller.signal.reason };
    };
    const { options, seen } = provisioning(account, { signal: controller.signal, concurrency: 1 });
    await expect(provision(batches(names(40), BLUEPRINT), options)).rejects.toThrow('interrupted');
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(account.requests).toEqual([names(10)]);
    expect(seen.told).toEqual([names(10)]);
    expect(seen.failed).toEqual([]);
  });

  test('ends the pause between two looks', async () => {
    const account = new FakeAccount();
    const controller = new AbortController();
    account.trouble = () => ({ error: lost });
    const clock = new FakeClock({ auto: false });
    const { options } = provisioning(account, { signal: controller.signal, clock });
    const running = provision(oneBatch(2), options);
    await clock.advance(500);
    controller.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    expect(account.looks).toBe(1);
  });
});

describe('against the sandbox, with real requests', () => {
  let api: TestApi | undefined;
  afterEach(async () => {
    await api?.close();
    api = undefined;
  });

  test.each([
    'drop-after=2@POST/v2/droplets$',
    'drop=2@POST/v2/droplets$',
    '500-after=3@POST/v2/droplets$',
    '502=3@POST/v2/droplets$#2',
    'hang-after@POST/v2/droplets$',
    'drop-after@POST/v2/droplets$,503=3@GET/v2/droplets',
    '429=4@POST/v2/droplets$',
  ])('--fault %s: 25 names make 25 droplets, each once', async (fault) => {
    api = await testApi({ options: { faults: [fault], bootSeconds: 100 } });
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const send = transport({
      apiUrl: api.url,
      token: 'full-token',
      clock,
      budget: budget(clock),
      signal,
      timeoutMs: 1_000,
    });
    const { options, seen } = provisioning(new FakeAccount(), { cloud: cloud(send), clock });
    await provision(batches(names(25), BLUEPRINT), options);
    expect(seen.failed).toEqual([]);
    expect(seen.created.toSorted()).toEqual(names(25).toSorted());
    const { body } = await api.call(`GET /v2/droplets?tag_name=${RUN}&per_page=200`);
    expect(body.droplets.map(({ name }: { name: string }) => name).toSorted()).toEqual(names(25).toSorted());
  });
});
