import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { Faults } from '../../../src/sandbox/faults/faults.ts';
import { FAULT_KINDS, parseFaults } from '../../../src/sandbox/faults/grammar.ts';

const kinds = (faults: Faults, words: string, times: number) => {
  const [method = '', path = ''] = words.split(' ');
  return Array.from({ length: times }, () => faults.forRequest(method, path)?.kind ?? '-');
};

describe('the grammar of --fault', () => {
  it('reads kinds, counts and places', () => {
    expect(parseFaults('429=20,500=2@POST/v2/droplets, drop-after@POST/v2/droplets$#3')).toMatchObject([
      { kind: '429', count: 20, method: undefined, path: '', from: 1 },
      { kind: '500', count: 2, method: 'POST', path: '/v2/droplets', exact: false },
      { kind: 'drop-after', count: 1, method: 'POST', path: '/v2/droplets', exact: true, from: 3 },
    ]);
    expect(parseFaults('errored@node3,no-ssh=always@web-*,slow=0.5x3,key-late=2')).toMatchObject([
      { kind: 'errored', count: 1, name: 'node3' },
      { kind: 'no-ssh', count: Number.POSITIVE_INFINITY, name: 'web-*' },
      { kind: 'slow', seconds: 0.5, count: 3 },
      { kind: 'key-late', seconds: 2 },
    ]);
  });

  it.each([
    ['boom', '--fault boom: "boom" is not a kind of fault'],
    ['500=x@POST/v2/droplets', '--fault 500=x@POST/v2/droplets: "x" is not a count (a number from 1, or always)'],
    ['429=0', '--fault 429=0: "0" is not a count (a number from 1, or always)'],
    ['429=', '--fault 429=: "" is not a count (a number from 1, or always)'],
    ['slow', '--fault slow: "slow" needs seconds, such as slow=2'],
    ['slow=fast', '--fault slow=fast: "fast" is not a number of seconds'],
    [
      'hang@post',
      '--fault hang@post: "post" is not a request (METHOD/path, such as POST/v2/droplets or GET/v2/droplets#3)',
    ],
    ['errored@a/b', '--fault errored@a/b: "a/b" is not a droplet\'s name (* and ? stand for anything)'],
    ['key-late=2@node1', '--fault key-late=2@node1: "@node1" has no meaning here: it applies to every key'],
    ['429,', '--fault 429,: "" is not a kind of fault'],
  ])('refuses %s in one line that names the part', (spec, message) => {
    const refused = () => parseFaults(spec);
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(
      expect.objectContaining({ message, hint: expect.stringContaining(`the kinds are ${FAULT_KINDS.join(', ')}`) }),
    );
  });
});

describe('faults of requests', () => {
  it('strikes as often as it was told, where it was told', () => {
    const faults = new Faults(['500=2@POST/v2/droplets']);
    expect(kinds(faults, 'GET /v2/droplets', 1)).toEqual(['-']);
    expect(kinds(faults, 'POST /v2/droplets', 3)).toEqual(['500', '500', '-']);
  });

  it('begins at the N-th request that matches', () => {
    const faults = new Faults(['hang@GET#3']);
    expect(kinds(faults, 'GET /v2/droplets', 4)).toEqual(['-', '-', 'hang', '-']);
  });

  it('one strikes at a time, and the other waits', () => {
    const faults = new Faults(['429=2', '503@GET/v2/account']);
    expect(kinds(faults, 'GET /v2/account', 4)).toEqual(['429', '429', '503', '-']);
  });

  it('an exact path is no prefix', () => {
    const faults = new Faults(['500=always@POST/v2/droplets$']);
    expect(kinds(faults, 'POST /v2/droplets/1/actions', 1)).toEqual(['-']);
    expect(kinds(faults, 'POST /v2/droplets', 2)).toEqual(['500', '500']);
  });
});

describe('faults of droplets', () => {
  it('go by name and count', () => {
    const faults = new Faults(['errored@node3', 'no-ssh=2@web*', 'ssh-reset=3@node4', 'no-address@node5']);
    expect(faults.forDroplet('node1')).toEqual({ errored: false, noAddress: false, host: {} });
    expect(faults.forDroplet('node3').errored).toBe(true);
    expect(faults.forDroplet('node3').errored).toBe(false);
    expect([1, 2, 3].map((n) => faults.forDroplet(`web${n}`).host.neverSsh ?? false)).toEqual([true, true, false]);
    expect(faults.forDroplet('node4').host).toEqual({ sshResets: 3 });
    expect(faults.forDroplet('node4').host).toEqual({ sshResets: 3 });
    expect(faults.forDroplet('node5').noAddress).toBe(true);
  });

  it('of the engine hold for every droplet of the name', () => {
    const faults = new Faults(['engine-late=1.5@node1', 'engine-late=1', 'join-reset=2@node1']);
    expect(faults.forDroplet('node1').host).toEqual({ engineLateMs: 1_500, joinResets: 2 });
    expect(faults.forDroplet('node1').host).toEqual({ engineLateMs: 1_500, joinResets: 2 });
    expect(faults.forDroplet('node2').host).toEqual({ engineLateMs: 1_000 });
  });

  it('that engine hosts cannot do are refused by name', () => {
    expect(() => new Faults(['join-reset@node1'], 'engine')).toThrow(
      '--fault join-reset@node1: engine hosts do not support join-reset',
    );
  });

  it('a dot in a name is a dot', () => {
    expect(new Faults(['errored@a.b']).forDroplet('axb').errored).toBe(false);
  });
});
