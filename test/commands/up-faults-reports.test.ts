// DigitalOcean and its hosts misbehave while `belt up` makes a cluster, and it cannot be made: the report is true, tells what
// stands, what it costs and what to do, and `up` finishes once all is mended.
import { describe, expect, it } from 'vitest';
import { info, lines, mend, names } from '../support/probe.ts';
import { SHOP_NAMES } from '../support/shop.ts';
import { brokenWorlds, finishes, notable, standing } from '../support/up-faults.ts';

const broken = brokenWorlds();

const AGAIN = 'hint: run the same command again: completed steps are kept';
const TOKEN = [
  'error: DigitalOcean refused the token',
  'hint: create a token at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN',
];
const LIMIT_HINT =
  'create fewer, remove some, or request a higher limit at https://cloud.digitalocean.com/account/team';
const CANNOT_ASK = 'warning: cannot ask DigitalOcean what exists: DigitalOcean refused the token; what belt saw last:';

const ALL = SHOP_NAMES;
const WORKERS = 'w[1:4],db';

interface Case {
  fault: string;
  words?: string;
  code: number;
  /** The droplets that stand afterwards. */
  stand: string[];
  /** The last lines; `*` is the line of what stands, by what the account has. */
  report: string[];
}

const without = (...gone: string[]) => ALL.filter((name) => !gone.includes(name));

const CASES: Case[] = [
  {
    fault: 'errored=2@w1',
    code: 3,
    stand: without('w1'),
    report: [
      'w1 never became reachable; recreating it',
      '*',
      'error: 1 of 8 failed: w1',
      '  w1: the droplet is gone: DigitalOcean failed to make it, or somebody deleted it',
      AGAIN,
    ],
  },
  {
    fault: 'engine-late=40@w1',
    words: '--timeout 15',
    code: 3,
    stand: ALL,
    report: [
      '*',
      'error: 1 of 8 failed: w1',
      '  w1: its Docker engine does not answer: nothing is listening on /var/run/docker.sock (see why: belt exec w1 -- systemctl status docker)',
      AGAIN,
    ],
  },
  {
    fault: 'engine-late=40@m1',
    words: '--timeout 15',
    code: 3,
    stand: ALL,
    report: [
      '*',
      'error: 8 of 8 failed: m[1:3],w[1:4],db',
      '  m1: its Docker engine does not answer: nothing is listening on /var/run/docker.sock (see why: belt exec m1 -- systemctl status docker)',
      '  m[2:3],w[1:4],db: it waited for m1 to start the swarm, which failed: m1: its Docker engine does not answer: nothing is listening on /var/run/docker.sock',
      AGAIN,
    ],
  },
  {
    // What a 500 leaves in doubt is looked for as long as the run may last, and not sent again before it is known.
    fault: '500=always@POST/v2/droplets',
    words: '--timeout 6',
    code: 3,
    stand: [],
    report: [
      '*',
      'error: 8 of 8 failed: m[1:3],w[1:4],db',
      ...[
        ['m[1:3]', 'm1, m2, m3 exist'],
        ['w[1:4]', 'w1, w2, w3, w4 exist'],
        ['db', 'db exists'],
      ].map(
        ([names, exist]) =>
          `  ${names}: cannot tell whether ${exist}: POST /v2/droplets: DigitalOcean answered 500 (run the same command again: it looks for them first)`,
      ),
      AGAIN,
    ],
  },
  {
    fault: 'droplet-limit=always@POST/v2/droplets#2',
    words: '--concurrency 1',
    code: 3,
    stand: ['m1', 'm2', 'm3'],
    report: [
      '*',
      `error: 5 of 8 failed: ${WORKERS}`,
      `  ${WORKERS}: the account's droplet limit is reached (${LIMIT_HINT})`,
      AGAIN,
    ],
  },
  {
    fault: 'droplet-limit=always@POST/v2/droplets#2',
    words: '--concurrency 1 --rollback',
    code: 3,
    stand: [],
    report: [
      ...['m1', 'm2', 'm3'].map((name) => `${name}: removed`),
      'rolled back: 3 of 3 droplets deleted',
      `error: 5 of 8 failed: ${WORKERS}`,
      `  ${WORKERS}: the account's droplet limit is reached (${LIMIT_HINT})`,
      'hint: run the same command again',
    ],
  },
  {
    fault: 'droplet-limit@POST/v2/droplets',
    words: '--concurrency 1',
    code: 3,
    stand: ['db', 'w1', 'w2', 'w3', 'w4'],
    report: [
      '*',
      'error: 8 of 8 failed: m[1:3],w[1:4],db',
      `  m[1:3]: the account's droplet limit is reached (${LIMIT_HINT})`,
      `  ${WORKERS}: it waited for m1 to start the swarm, which failed: the account's droplet limit is reached`,
      AGAIN,
    ],
  },
  { fault: '401=always@POST/v2/droplets', code: 1, stand: [], report: ['*', ...TOKEN] },
  {
    fault: '401=always@POST/v2/droplets#2',
    words: '--concurrency 1',
    code: 3,
    stand: ['m1', 'm2', 'm3'],
    report: [
      '*',
      `error: 5 of 8 failed: ${WORKERS}`,
      `  ${WORKERS}: DigitalOcean refused the token (${TOKEN[1]!.replace('hint: ', '')})`,
      AGAIN,
    ],
  },
  {
    fault: '401=always@GET/v2/droplets#6',
    code: 1,
    stand: ALL,
    report: [CANNOT_ASK, '*', ...TOKEN],
  },
  { fault: '401=always@POST/v2/vpcs', code: 1, stand: [], report: ['*', ...TOKEN] },
  {
    fault: '500=always@POST/v2/vpcs',
    code: 1,
    stand: [],
    report: ['*', 'error: POST /v2/vpcs: DigitalOcean answered 500', 'hint: run the same command again'],
  },
  {
    fault: 'drop=always@POST/v2/firewalls',
    code: 1,
    stand: [],
    report: ['*', 'error: POST /v2/firewalls: the connection was lost', 'hint: run the same command again'],
  },
  {
    fault: '500=always@GET/v2/droplets#6',
    words: '--timeout 12',
    code: 3,
    stand: ALL,
    report: [
      'error: DigitalOcean: Unexpected server-side error (GET /v2/droplets: 500); m[1:3],w[1:4],db were requested and are billed, as far as is known',
      'hint: when DigitalOcean answers again: belt up',
    ],
  },
];

describe.concurrent('belt up ends with a true report', () => {
  it.each(CASES.map((one) => [[one.words, '--fault', one.fault].join(' ').trim(), one] as const))(
    '%s',
    async (_, { fault, words = '', code, stand, report }) => {
      const w = await broken(`--fault ${fault}`);
      const failed = await w.belt(`up --yes ${words}`);
      await mend(w);
      expect(await names(w)).toEqual(stand);
      const told = await standing(w);
      expect({ code: failed.code, said: notable(failed.stderr) }).toEqual({
        code,
        said: lines(...report.map((line) => (line === '*' ? told : line))),
      });
      await finishes(w);
    },
    // What an unclear answer leaves in doubt is waited for a minute.
    240_000,
  );

  it('the account has not the room: nothing is made', async () => {
    const w = await broken('--droplet-limit 5');
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, said: notable(stderr) }).toEqual({
      code: 1,
      said: lines(
        "error: 8 more droplets would exceed the account's droplet limit: 0 of 5 are in use",
        `hint: ${LIMIT_HINT}`,
      ),
    });
    expect(await names(w)).toEqual([]);
  });

  it('a token that may only look', async () => {
    const w = await broken();
    const env = { DIGITALOCEAN_ACCESS_TOKEN: info(w).readOnlyToken };
    const { code, stderr } = await w.belt('up --yes', { env });
    expect({ code, said: notable(stderr) }).toEqual({
      code: 1,
      said: lines(
        await standing(w),
        'error: the token lacks the right tag:create',
        'hint: create one that has it (full access has all) at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN',
      ),
    });
    await finishes(w);
  });

  it('a droplet that never answers SSH, twice', async () => {
    const w = await broken('--fault no-ssh=2@w1');
    const { code, stderr } = await w.belt('up --yes --timeout 6');
    expect({ code, said: notable(stderr) }).toEqual({
      code: 3,
      said: lines(
        'w1 never became reachable; recreating it',
        'w1: removed',
        await standing(w),
        'error: 1 of 8 failed: w1',
        '  w1 (ADDRESS): not reachable in time: connection refused',
        AGAIN,
      ),
    });
    expect(await names(w)).toEqual(ALL);
    await w.belt('rm -y w1');
    await finishes(w);
  });
});
