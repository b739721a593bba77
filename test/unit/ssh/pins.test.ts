import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyLine } from '../../../src/ssh/fingerprint.ts';
import { hostAlias, interimKey, type PinnedHost, pinnedKeys, withoutHosts, withPins } from '../../../src/ssh/pins.ts';
import { aKey, installed } from './with-sshd.ts';

const [A, B, C] = [aKey().bytes, aKey().bytes, aKey().bytes];
const host = (id: number, address: string, port = 22): PinnedHost => ({ id, address, port });
const pin = (file: string | undefined, at: PinnedHost, ...keys: Buffer[]) =>
  withPins(
    file,
    keys.map((key) => ({ host: at, key })),
  );

describe('pinned host keys', () => {
  test('are found by the droplet, whatever its address', () => {
    const file = pin(pin(undefined, host(1, '192.0.2.1'), A), host(2, '192.0.2.2'), B);
    expect(file).toBe(`belt-1,192.0.2.1 ${keyLine(A)}\nbelt-2,192.0.2.2 ${keyLine(B)}\n`);
    expect(pinnedKeys(file, 1)).toEqual([A]);
    expect(pinnedKeys(file, 2)).toEqual([B]);
    expect(pinnedKeys(file, 12)).toEqual([]);
    expect(pinnedKeys(undefined, 1)).toEqual([]);
  });

  test('a droplet may have two at a time, while the second is not proven yet', () => {
    const file = pin(undefined, host(1, '192.0.2.1'), A, B);
    expect(pinnedKeys(file, 1)).toEqual([A, B]);
    expect(pinnedKeys(pin(file, host(1, '192.0.2.1'), C), 1)).toEqual([C]);
  });

  test('one that came with the user data is known as such, until it is replaced', () => {
    const file = withPins(undefined, [
      { host: host(1, '192.0.2.1'), key: A, interim: true },
      { host: host(1, '192.0.2.1'), key: B },
      { host: host(11, '192.0.2.11'), key: C },
    ]);
    expect(pinnedKeys(file, 1)).toEqual([A, B]);
    expect([interimKey(file, 1), interimKey(file, 11), interimKey(undefined, 1)]).toEqual([A, undefined, undefined]);
    expect(interimKey(pin(file, host(1, '192.0.2.1'), B), 1)).toBeUndefined();
    const other = withoutHosts(file, [host(11, '')]);
    expect(interimKey(other, 1)).toEqual(A);
  });

  test('a new droplet without an address has its pin by its id alone', () => {
    const file = pin(pin(undefined, host(1, ''), A), host(2, ''), B);
    expect(file).toBe(`belt-1 ${keyLine(A)}\nbelt-2 ${keyLine(B)}\n`);
  });

  test('an address that is used again is the new droplet’s; the old one keeps its key', () => {
    const file = pin(pin(undefined, host(1, '192.0.2.1'), A), host(2, '192.0.2.1'), B);
    expect(file).toBe(`belt-1 ${keyLine(A)}\nbelt-2,192.0.2.1 ${keyLine(B)}\n`);
    expect(pinnedKeys(file, 1)).toEqual([A]);
  });

  test('the same address on another port is another host', () => {
    const file = pin(pin(undefined, host(1, '127.0.0.1', 2201), A), host(2, '127.0.0.1', 2202), B);
    expect(file).toContain('belt-1,[127.0.0.1]:2201 ');
    expect(file).toContain('belt-2,[127.0.0.1]:2202 ');
  });

  test('are forgotten with the droplet; others stay', () => {
    const file = pin(pin(undefined, host(1, '192.0.2.1'), A, B), host(2, '192.0.2.2'), C);
    expect(withoutHosts(file, [host(1, '192.0.2.1')])).toBe(`belt-2,192.0.2.2 ${keyLine(C)}\n`);
    expect(withoutHosts(file, [host(1, '')])).toBe(`belt-2,192.0.2.2 ${keyLine(C)}\n`);
    expect(withoutHosts(undefined, [host(1, '')])).toBe('');
  });

  test('a line that is no key pins nothing', () => {
    expect(pinnedKeys('belt-1 ssh-ed25519 AAAA\nbelt-1\n\n# belt-1\n', 1)).toEqual([]);
  });
});

describe.skipIf(!installed('ssh-keygen'))('OpenSSH reads the file as belt does', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-pins-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The key lines that ssh-keygen finds for a name. */
  function found(name: string): string[] {
    const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', join(folder, 'known_hosts')], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  test('by the droplet’s alias, its address, and its address with a port', () => {
    let file = pin(undefined, host(1, '192.0.2.1'), A, B);
    file = pin(file, host(2, '127.0.0.1', 2222), C);
    file = pin(file, host(3, '2001:db8::3'), A);
    file = pin(file, host(11, ''), B);
    writeFileSync(join(folder, 'known_hosts'), file);
    const keys = (name: string) => found(name).map((line) => line.split(' ').slice(1).join(' '));
    expect(keys(hostAlias(1))).toEqual([keyLine(A), keyLine(B)]);
    expect(keys('192.0.2.1')).toEqual([keyLine(A), keyLine(B)]);
    expect(keys(hostAlias(2))).toEqual([keyLine(C)]);
    expect(keys('[127.0.0.1]:2222')).toEqual([keyLine(C)]);
    expect(keys('127.0.0.1')).toEqual([]);
    expect(keys('2001:db8::3')).toEqual([keyLine(A)]);
    expect(keys(hostAlias(11))).toEqual([keyLine(B)]);
    expect(keys('belt-')).toEqual([]);
  });

  test('what ssh-keygen takes out is gone for belt too', () => {
    const path = join(folder, 'known_hosts');
    writeFileSync(path, pin(pin(undefined, host(1, '192.0.2.1'), A), host(2, '192.0.2.2'), B));
    execFileSync('ssh-keygen', ['-R', hostAlias(1), '-f', path], { stdio: 'ignore' });
    const file = execFileSync('cat', [path], { encoding: 'utf8' });
    expect(pinnedKeys(file, 1)).toEqual([]);
    expect(pinnedKeys(file, 2)).toEqual([B]);
  });
});
