// DigitalOcean and its hosts misbehave: `belt create` ends well, or with a true report; nothing is made twice.
import { afterAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { apart, cameUp } from '../support/coming-up.ts';
import { api, breakIt, lines, mend, names, posts } from '../support/probe.ts';

const CREATE = 'create 512mb node[1:4]';
const NAMES = ['node1', 'node2', 'node3', 'node4'];
const HEADER = 'ID              Name    Public IPv4     Memory  VCPUs   Disk';
const row = (n: number, address = n) =>
  `${18511680 + n}        node${n}   ${`127.1.0.${address}`.padEnd(16)}512     1       10`;
const TABLE = lines(HEADER, row(1), row(2), row(3), row(4));
const GO_ON = 'hint: see what exists: belt ls · create what is missing: the same command with --missing';
const LIMIT = "DigitalOcean's rate limit is reached: retrying in 1 s";

const doubt = (names: string, status: number): string =>
  `cannot tell whether ${names} exist: POST /v2/droplets: DigitalOcean answered ${status} (run the same command again: it looks for them first)`;

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((one) => one.end())));

/** A world whose sandbox has this fault. */
async function broken(...faults: string[]): Promise<World> {
  const w = world();
  worlds.push(w);
  const words = faults.map((fault) => ` --fault ${fault}`).join('');
  await w.sandbox(`--boot-seconds 0 --api-latency 0${words}`);
  return w;
}

describe.concurrent('belt create ends well', () => {
  it.each<[string, number, string[]]>([
    // fault, how many POSTs it takes, what belt says of it
    ['429=3', 1, [LIMIT]],
    ['429=2@POST/v2/droplets', 3, [LIMIT, LIMIT]],
    ['429-hour@POST/v2/droplets', 2, [LIMIT]],
    ['500-after@POST/v2/droplets', 1, []],
    ['drop-after@POST/v2/droplets', 1, []],
    ['hang-after@POST/v2/droplets', 1, []],
    ['500=2@GET/v2', 1, []],
    ['drop=2@GET/v2/droplets', 1, []],
    ['slow=1x2@GET/v2', 1, []],
    ['ssh-reset=3', 1, []],
    ['no-address@node2', 1, []],
  ])('--fault %s', async (fault, count, said) => {
    const w = await broken(fault);
    const { code, stdout, stderr, nodes } = apart(await w.belt(CREATE));
    expect({ code, stdout, nodes }).toEqual({ code: 0, stdout: TABLE, nodes: cameUp(...NAMES) });
    // The hour's limit tells a time: a second more or less.
    expect(stderr.replace(/in \d s/g, 'in 1 s')).toBe(lines(...said));
    expect(await names(w)).toEqual(NAMES);
    expect(await posts(w)).toBe(count);
  });

  it.each(['drop', '502'])(
    '--fault %s of a request that made nothing: a minute later that is known',
    async (fault) => {
      const w = await broken(`${fault}@POST/v2/droplets`);
      const { code, stdout, stderr, nodes } = apart(await w.belt(CREATE));
      expect({ code, stdout, stderr, nodes }).toEqual({ code: 0, stdout: TABLE, stderr: '', nodes: cameUp(...NAMES) });
      expect(await names(w)).toEqual(NAMES);
      expect(await posts(w)).toBe(2);
    },
    240_000,
  );

  it.each(['500', '502', '503', 'drop'])('--fault %s, and little time: it says that it cannot tell', async (fault) => {
    const w = await broken(`${fault}@POST/v2/droplets`);
    const { code, stdout, stderr } = apart(await w.belt(`${CREATE} --timeout 4`));
    expect({ code, stdout }).toEqual({ code: 3, stdout: lines(HEADER) });
    expect(stderr).toMatch(
      /^error: 4 of 4 failed: node\[1:4\]\n {2}node\[1:4\]: cannot tell whether node1, node2, node3, node4 exist: /,
    );
    expect(await posts(w)).toBe(1);
  });

  it('with a new key that is not known everywhere yet', async () => {
    const w = await broken('key-late=3');
    await api(w, 'DELETE', '/v2/account/keys/816630');
    w.write('.belt.yaml', 'digitalocean:\n  region: sgp1\n  image: 18153887\n');
    const { code, stdout, stderr } = apart(await w.belt(CREATE));
    expect({ code, stdout }).toEqual({ code: 0, stdout: TABLE });
    expect(stderr).toMatch(/^your SSH key \S+ was not in the account: added as "belt .*" \(id 816631\)\n$/);
    expect(await names(w)).toEqual(NAMES);
  });
});

describe.concurrent('belt create ends with a true report', () => {
  it('a droplet that DigitalOcean fails to make: the others stand, and --missing finishes', async () => {
    const w = await broken('errored@node3');
    const gone = 'the droplet is gone: DigitalOcean failed to make it, or somebody deleted it';
    expect(apart(await w.belt(CREATE))).toEqual({
      code: 3,
      stdout: lines(HEADER, row(1), row(2), row(4)),
      stderr: lines('error: 1 of 4 failed: node3', `  node3: ${gone}`, GO_ON),
      nodes: [
        ...cameUp('node1', 'node2', 'node4'),
        'node3: created (N s)',
        `node3: failed after N s: ${gone}`,
      ].toSorted(),
    });
    expect(await names(w)).toEqual(['node1', 'node2', 'node4']);
    // Its address is given again.
    const again = TABLE.replace('18511683', '18511685');
    expect(apart(await w.belt(`${CREATE} --missing`))).toMatchObject({ code: 0, stdout: again, stderr: '' });
    expect(await names(w)).toEqual(NAMES);
  });

  it('a droplet that never answers SSH: removed and recreated, all is well', async () => {
    const w = await broken('no-ssh@node2');
    const failed = 'node2: failed after N s: not reachable in time: connection refused';
    const report = {
      code: 3,
      stdout: TABLE,
      stderr: lines(
        'error: 1 of 4 failed: node2',
        '  node2 (127.1.0.2): not reachable in time: connection refused',
        GO_ON,
      ),
    };
    expect(apart(await w.belt(`${CREATE} --timeout 5`))).toEqual({
      ...report,
      nodes: [...cameUp('node1', 'node3', 'node4'), 'node2: created (N s)', failed].toSorted(),
    });
    // It exists: --missing makes nothing, and says again that it does not answer.
    expect(apart(await w.belt(`${CREATE} --timeout 3 --missing`))).toEqual({
      ...report,
      nodes: [...['node1', 'node3', 'node4'].map((name) => `${name}: ready after N s`), failed].toSorted(),
      stderr: `nothing to create: node[1:4] exist\n${report.stderr}`,
    });
    expect((await w.belt('rm -y node2')).code).toBe(0);
    expect((await w.belt(`${CREATE} --missing`)).code).toBe(0);
    expect(await names(w)).toEqual(NAMES);
  });

  it('no POST is ever answered well: nothing stands, and --missing finishes later', async () => {
    const w = await broken('500=always@POST/v2/droplets');
    const { code, stderr, nodes } = apart(await w.belt(`${CREATE} --timeout 4`));
    // All failed of one thing: it is said once, at the end.
    expect({ code, stderr, nodes }).toEqual({
      nodes: [],
      code: 3,
      stderr: lines(
        'error: 4 of 4 failed: node[1:4]',
        `  node[1:4]: ${doubt('node1, node2, node3, node4', 500)}`,
        GO_ON,
      ),
    });
    expect(await names(w)).toEqual([]);
    await mend(w);
    expect((await w.belt(`${CREATE} --missing`)).code).toBe(0);
    expect(await names(w)).toEqual(NAMES);
  }, 240_000);

  it('every answer to a POST is lost: nothing is made twice', async () => {
    const w = await broken('drop-after=always@POST/v2/droplets');
    expect((await w.belt(CREATE)).code).toBe(0);
    expect(await names(w)).toEqual(NAMES);
  });

  it('one of two requests is refused for good: the other ten stand', async () => {
    const w = await broken();
    await breakIt(w, '503=always@POST/v2/droplets#2');
    const { code, stdout, stderr, nodes } = apart(await w.belt('create 512mb node[1:12] --concurrency 1 --timeout 20'));
    expect(code).toBe(3);
    const refused = ['node11', 'node12'].map(
      (name) => `${name}: failed after N s: ${doubt('node11, node12', 503).replace(/ \(.*/, '')}`,
    );
    expect(nodes.filter((line) => !line.includes('failed'))).toEqual(
      cameUp(...Array.from({ length: 10 }, (_, index) => `node${index + 1}`)),
    );
    expect(nodes.filter((line) => line.includes('failed'))).toEqual(refused);
    expect(stdout.match(/node\d+/g)).toEqual(Array.from({ length: 10 }, (_, index) => `node${index + 1}`));
    expect(stderr).toBe(
      lines('error: 2 of 12 failed: node[11:12]', `  node[11:12]: ${doubt('node11, node12', 503)}`, GO_ON),
    );
    await mend(w);
    expect((await w.belt('create 512mb node[1:12] --missing')).code).toBe(0);
    expect(await names(w)).toHaveLength(12);
    expect(new Set(await names(w)).size).toBe(12);
  }, 240_000);

  it('the hourly limit is used up: it says until when, and makes nothing', async () => {
    const w = await broken();
    // What create asks before it makes anything, the account of a new token among it.
    await w.sandbox('--boot-seconds 0 --api-latency 0 --rate-limit 0/12');
    const { code, stdout, stderr } = await w.belt(CREATE);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: DigitalOcean's hourly rate limit is exhausted until 20\S+Z\nhint: run the same command again after that\n$/,
    );
    expect(await posts(w)).toBe(1);
    expect(await names(w)).toEqual([]);
  });
});

describe.concurrent('the other commands', () => {
  it('belt ls, ip and rm: what may be asked again is', async () => {
    const w = await broken();
    await w.belt(`${CREATE} --no-wait`);
    await breakIt(w, '500@GET/v2/droplets,drop@GET/v2/droplets');
    expect((await w.belt('ls -q')).stdout).toBe(lines(...NAMES));
    await breakIt(w, '503@DELETE/v2/droplets,drop-after@DELETE/v2/droplets,429@DELETE/v2/droplets');
    expect((await w.belt('rm -y -q node[1:4]')).stdout).toBe(lines(...NAMES.map((name) => `${name}: removed`)));
    expect(await names(w)).toEqual([]);
  });

  it('belt ls: a DigitalOcean that stays broken is one line', async () => {
    const w = await broken('500=always@GET/v2/droplets');
    const { code, stdout, stderr } = await w.belt('ls');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: DigitalOcean: Unexpected server-side error \(GET \/v2\/droplets: 500\)\n$/);
  });
});

it('nodes whose sshd forwards no stream to a socket are ready, start a swarm and join it all the same', async () => {
  const w = await broken('no-forward@node1', 'no-forward@node2');
  expect((await w.belt('create 512mb node[1:2]')).code).toBe(0);
  expect((await w.belt('swarm init node1')).code).toBe(0);
  expect(await w.belt('swarm join node1 node2')).toMatchObject({
    code: 0,
    stdout: 'node2: This node joined a Swarm as a worker.\n',
  });
  expect(await w.belt('ls @worker -q')).toMatchObject({ code: 0, stdout: 'node2\n' });
});
