// The sandbox as a process of its own: started, found, refused a second time, killed, ended.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  addSandboxFaults,
  listSandboxes,
  resetSandboxRequests,
  sandboxEnv,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../src/sandbox/control.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';

const daemonPath = fileURLToPath(new URL('../../dist/sandbox/sandbox.js', import.meta.url));

describe('a sandbox in the background', () => {
  let folder: string;
  const start = (name: string, options: Partial<SandboxOptions> = {}) =>
    startSandbox({
      folder,
      name,
      options,
      imagesFolder: join(folder, '.images'),
      daemonPath,
      execPath: process.execPath,
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-sandbox-'));
  });
  afterEach(async () => {
    for (const { name } of listSandboxes(folder)) {
      await stopSandbox(folder, name);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('answers when start returns, shows its files to its owner alone, and leaves nothing when it ends', async () => {
    const info = await start('one', { seed: 7, droplets: 3 });
    const status = await sandboxStatus(folder, 'one');
    expect(status).toMatchObject({ name: 'one', pid: info.pid, requests: { total: 0 } });
    expect(status.droplets.map(({ name }) => name)).toEqual(['node1', 'node2', 'node3']);
    expect(statSync(join(folder, 'one', 'info.json')).mode & 0o777).toBe(0o600);
    expect(statSync(info.sshKeyPath).mode & 0o777).toBe(0o600);
    expect(readFileSync(info.sshKeyPath, 'utf8')).toContain('OPENSSH PRIVATE KEY');
    expect(sandboxEnv(info)).toMatchObject({
      DIGITALOCEAN_API_URL: info.apiUrl,
      BELT_STATE_DIR: join(folder, 'one', 'state'),
    });
    expect(await stopSandbox(folder, 'one')).toMatchObject({ running: true });
    expect(existsSync(join(folder, 'one'))).toBe(false);
    expect(await stopSandbox(folder, 'one')).toMatchObject({ running: false });
  });

  it('no secret stands in its words', async () => {
    const info = await start('one');
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${info.pid}/cmdline`, 'utf8')).not.toContain(info.token);
    }
    expect(readFileSync(join(folder, 'one', 'log'), 'utf8')).not.toContain(info.token);
  });

  it('a second of the same name is refused, one of another name is not', async () => {
    const info = await start('default');
    await expect(start('default')).rejects.toMatchObject({
      message: `the sandbox "default" is already running (process ${info.pid})`,
      hint: 'use it: eval "$(belt sandbox env)" · stop it: belt sandbox stop (or give the new one another --name)',
    });
    await start('two');
    expect(listSandboxes(folder).map(({ name }) => name)).toEqual(['default', 'two']);
  });

  it('two starts at one time make one sandbox', async () => {
    const outcomes = await Promise.allSettled([start('one'), start('one')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(listSandboxes(folder)).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('one that was killed is forgotten', async () => {
    const { pid } = await start('one');
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => listSandboxes(folder)).toEqual([]);
    await expect(sandboxStatus(folder, 'one')).rejects.toMatchObject({ message: 'sandbox "one" is not running' });
    expect((await start('one')).pid).not.toBe(pid);
  });

  it('what keeps it from starting is told', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await expect(start('one', { port })).rejects.toThrow(/EADDRINUSE/);
    server.close();
    await expect(start('one', { faults: ['boom'] })).rejects.toThrow('--fault boom: "boom" is not a kind of fault');
    await expect(start('../one')).rejects.toThrow('invalid sandbox name "../one"');
    expect(listSandboxes(folder)).toEqual([]);
  });

  it('can be broken while it runs', async () => {
    const { apiUrl, token } = await start('one');
    const list = async () =>
      (await fetch(`${apiUrl}/v2/droplets`, { headers: { authorization: `Bearer ${token}` } })).status;
    await addSandboxFaults(folder, 'one', '503@GET/v2/droplets');
    expect([await list(), await list()]).toEqual([503, 200]);
    await expect(addSandboxFaults(folder, 'one', 'boom')).rejects.toThrow('"boom" is not a kind of fault');
    expect((await sandboxStatus(folder, 'one')).requests.byStatus).toEqual({ '200': 1, '503': 1 });
    await resetSandboxRequests(folder, 'one');
    expect((await sandboxStatus(folder, 'one')).requests.total).toBe(0);
  });
});
