import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { identityOf, isAlive, isRunning, thisProcess } from '../../src/processes.ts';

describe('a process', () => {
  it('is alive, and is the one that said who it is', () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isRunning(thisProcess())).toBe(true);
    expect(isRunning({ pid: process.pid, start: 'another' })).toBe(false);
  });

  it('that ended is not alive, also where nobody reaps it', async () => {
    // The program that takes the shell's place knows of no child, so the child stays a zombie. It ends only after that: the shell would
    // have reaped it.
    const parent = spawn('/bin/sh', ['-c', 'read line <&3 & echo $!; exec 3<&-; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    try {
      const [told] = (await once(parent.stdout!, 'data')) as [Buffer];
      const child = identityOf(Number(told.toString()));
      const program = () => execFileSync('ps', ['-o', 'comm=', '-p', String(parent.pid)], { encoding: 'utf8' }).trim();
      await expect.poll(program).toMatch(/sleep$/);
      (parent.stdio[3] as Writable).end();
      await expect.poll(() => isAlive(child.pid)).toBe(false);
      expect(process.kill(child.pid, 0)).toBe(true);
      expect(isRunning(child)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
