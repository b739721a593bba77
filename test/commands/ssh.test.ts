// In these worlds there is no PATH, and no OpenSSH in it: belt's own terminal. test/e2e/ssh.test.ts has the real one.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { act, stateFile } from '../support/probe.ts';

describe('belt ssh', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:5]');
  });
  afterAll(() => w.end());

  const failed = (code: number, message: string, hint: string) => ({
    code,
    stdout: '',
    stderr: `error: ${message}\nhint: ${hint}\n`,
  });

  test('a command, and its exit code', async () => {
    expect(await w.belt('ssh node1 hostname')).toEqual({ code: 0, stdout: 'node1\n', stderr: '' });
    expect(await w.belt('ssh node1 false')).toEqual({ code: 1, stdout: '', stderr: '' });
  });

  test('the words are joined for the shell there, options too', async () => {
    expect(await w.belt(['ssh', 'node1', '--', 'echo', 'a   b', "'c  d'"])).toMatchObject({ stdout: 'a b c  d\n' });
    expect(await w.belt('ssh node1 echo --json -q --help')).toMatchObject({ stdout: '--json -q --help\n' });
  });

  test('what is piped in arrives; with -n it does not', async () => {
    expect(await w.belt('ssh node1 cat', { input: 'a\0b\n' })).toEqual({ code: 0, stdout: 'a\0b\n', stderr: '' });
    expect(await w.belt('ssh -n node1 cat', { input: 'a\n' })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('-t gives it a terminal, of the size of this one', async () => {
    expect(await w.belt('ssh -t node1 stty size', { terminal: true })).toMatchObject({ code: 0, stdout: '24 80\r\n' });
    expect(await w.belt('ssh node1 stty size', { terminal: true })).toMatchObject({
      code: 1,
      stderr: "stty: 'standard input': Inappropriate ioctl for device\n",
    });
  });

  test('what only OpenSSH can do is refused by name', async () => {
    expect(await w.belt('ssh -L 8080:localhost:80 node1')).toEqual(
      failed(
        2,
        "-L needs OpenSSH's ssh, which was not found here",
        'install it (on Debian and Ubuntu: apt-get install openssh-client), or leave the option out',
      ),
    );
  });

  test.each([
    ['ssh', 'belt ssh needs a node', 'such as: belt ssh node1 (see: belt ls)'],
    ['ssh nod1 ls', 'there is no node "nod1"', 'did you mean node1?'],
    [
      'ssh node* ls',
      '"node*" matches 5 nodes: node1, node2, node3 and 2 more',
      'choose one: belt ssh node1 (a command on all of them: belt exec)',
    ],
    [
      'ssh root@node[4:5] ls',
      '"node[4:5]" matches 2 nodes: node4, node5',
      'choose one: belt ssh node4 (a command on all of them: belt exec)',
    ],
    [
      'ssh -o stricthostkeychecking=no node1',
      'belt ssh sets stricthostkeychecking itself: the host key must be the pinned one',
      'for a key that changed: belt trust NODE',
    ],
    [
      'ssh --json node1',
      "unknown option '--json'",
      'belt’s own options stand before ssh: belt --trace ssh node1 (see: belt help ssh)',
    ],
  ])('%s', async (words, message, hint) => {
    expect(await w.belt(words)).toEqual(failed(2, message, hint));
  });

  test('a node that is off', async () => {
    await act(w, 'node5', 'power_off');
    const { code, stderr } = await w.belt('ssh node5 hostname');
    expect([code, stderr]).toEqual([
      255,
      'error: node5 (127.1.0.5): connection refused\nhint: it is powered off: power it on in the control panel\n',
    ]);
  });

  test('a host key that is not pinned here: as everywhere', async () => {
    rmSync(stateFile(w, 'known_hosts'));
    const { code, stderr } = await w.belt('ssh node1 hostname');
    expect([code, stderr]).toEqual([
      255,
      expect.stringMatching(
        /^error: node1 \(127\.1\.0\.1\): its host key is not known here: it presented SHA256:\S+\nhint: compare that with its console, then: belt trust node1\n$/,
      ),
    ]);
    await w.belt('trust node1 -y');
    expect(await w.belt('ssh node1 hostname')).toMatchObject({ code: 0, stdout: 'node1\n' });
  });
});

describe('@manager', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:3]');
    await w.belt('swarm join node1 node3');
    await w.belt('swarm join --manager node1 node2');
  });
  afterAll(() => w.end());

  test('is the active node where that is one', async () => {
    await w.belt('active node2');
    expect(await w.belt('ssh @manager hostname')).toEqual({ code: 0, stdout: 'node2\n', stderr: '' });
    await w.belt('active node3');
    expect(await w.belt('ssh root@@manager hostname')).toEqual({ code: 0, stdout: 'node1\n', stderr: '' });
  });

  test('is another where the active one does not answer', async () => {
    await w.belt('active node2');
    await act(w, 'node2', 'power_off');
    expect(await w.belt('ssh @manager hostname')).toEqual({ code: 0, stdout: 'node1\n', stderr: '' });
  });

  test('where there is none', async () => {
    expect(await w.belt('ssh @manager hostname', { env: { BELT_CLUSTER: 'empty' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: no node matches @manager\nhint: create one: belt create 1gb node1\n',
    });
  });
});
