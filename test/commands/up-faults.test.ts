// DigitalOcean and its hosts misbehave while `belt up` makes a cluster: it ends well, and says no more than it must.
import { describe, expect, it } from 'vitest';
import { api, lines, posts } from '../support/probe.ts';
import { expectDone, expectShop } from '../support/shop.ts';
import { brokenWorlds, isRight, LIMIT, notable } from '../support/up-faults.ts';

const broken = brokenWorlds();

/** How often it tells of a limit depends on how close together the answers came. */
const saidOnce = (text: string): string =>
  text.replace(/(DigitalOcean's rate limit is reached: retrying in \d s\n)+/g, `${LIMIT}\n`);

describe.concurrent('belt up ends well', { timeout: 600_000 }, () => {
  it("with others who use the account's limit up: it waits for the minute to pass, and says so", async () => {
    const w = await broken('--rate-limit 12/0');
    // Its two minutes' worth of requests are three where lists are asked for once more.
    const outcome = await w.belt('up --yes');
    expectDone(outcome);
    expect(notable(outcome.stderr)).toMatch(/^(DigitalOcean's rate limit is reached: retrying in \d+ s\n)+$/);
    await expectShop(w);
  });

  // Each kind of fault at each kind of request. There is a POST for droplets a group of the file, three in all; the sixth
  // list of droplets is the first look for addresses. Those that take long come first.
  it.each<[string, number, string[]]>([
    // fault, how many POSTs for droplets it takes, what belt says of it
    ['hang@POST/v2/droplets,hang-after@POST/v2/droplets', 4, []],
    ['hang@GET/v2/droplets#6', 3, []],
    ['hang-after@POST/v2/vpcs', 3, []],
    ['500-after@POST/v2/tags,503@POST/v2/firewalls,502=2@POST/v2/vpcs', 3, []],
    ['drop@POST/v2/tags,drop-after@POST/v2/firewalls,drop-after@POST/v2/vpcs', 3, []],
    ['429@POST/v2/tags,429@POST/v2/firewalls,429@POST/v2/vpcs', 3, [LIMIT]],
    ['429=3', 3, [LIMIT]],
    ['429=3@POST/v2/droplets', 6, [LIMIT]],
    ['429-hour@POST/v2/droplets,no-address@w1', 4, [LIMIT]],
    ['500@POST/v2/droplets,502@POST/v2/droplets,503@POST/v2/droplets', 6, []],
    ['500-after@POST/v2/droplets,drop@POST/v2/droplets,drop-after@POST/v2/droplets', 4, []],
    ['429@GET/v2/droplets#6,500=2@GET/v2/droplets#7,drop@GET/v2/droplets#9', 3, [LIMIT]],
    ['401@GET/v2/droplets#6', 3, []],
    ['slow=1x2@GET/v2,502@GET/v2/vpcs,drop@GET/v2/firewalls,500=2@GET/v2/account', 3, []],
    ['ssh-reset=3', 3, []],
    ['join-reset@m1,join-reset@m2,join-reset=2@w1', 3, []],
    ['engine-late=3@m1,engine-late=5@w1', 3, []],
    ['errored@m1,errored@db', 5, ['m1,db never became reachable; recreating them']],
  ])('--fault %s', async (fault, count, said) => {
    const w = await broken(`--fault ${fault}`);
    // A request whose answer nobody got is in doubt for a minute.
    const outcome = await w.belt('up --yes');
    expectDone(outcome);
    expect(saidOnce(notable(outcome.stderr))).toBe(lines(...said));
    expect(await posts(w)).toBe(count);
    await isRight(w);
  });

  it.each<[string, string]>([
    ['is not known everywhere yet', 'key-late=3'],
    ['was added, and the answer lost', '500-after@POST/v2/account/keys'],
    ['has to be added twice', 'drop@POST/v2/account/keys'],
  ])('with a new key that %s', async (_, fault) => {
    const w = await broken(`--fault ${fault}`);
    await api(w, 'DELETE', '/v2/account/keys/816630');
    const { stderr, ...outcome } = await w.belt('up --yes');
    expectDone({ ...outcome, stderr });
    expect(notable(stderr)).toMatch(
      /^your SSH key \S+ is not in the account: it will be added\n(\S+ ){4}was not in the account: added as "belt .*" \(id 816631\)\n$/,
    );
    expect(await api(w, 'GET', '/v2/account/keys')).toMatchObject({ ssh_keys: [{ id: 816631 }] });
    await isRight(w);
  });

  it('with a droplet that never answers SSH: it is recreated', async () => {
    const w = await broken('--fault no-ssh@w1');
    const outcome = await w.belt('up --yes --timeout 8');
    expectDone(outcome);
    expect(notable(outcome.stderr)).toBe(lines('w1 never became reachable; recreating it', 'w1: removed'));
    await isRight(w);
  });
});
