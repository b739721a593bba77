// Manages sandboxes for belt's commands: starts one in the background, queries it, stops it.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withoutInherited } from '../background.ts';
import { BeltError, UsageError } from '../errors.ts';
import type { SandboxStatus } from './api/status.ts';
import { attempt } from './attempt.ts';
import { parseFaults } from './faults/grammar.ts';
import { logPath, readInfo, recordPath, type SandboxInfo, statePath } from './info.ts';
import { type Kept, keepDescriptions } from './kept.ts';
import type { SandboxOptions } from './options.ts';
import { claim, endProcess, isRunning } from './processes.ts';

export interface StartOptions {
  /** The sandboxes' root: each has a folder of its name in it. */
  folder: string;
  name: string;
  options: Partial<SandboxOptions>;
  /** Where image layers are kept. */
  imagesFolder: string;
  /** dist/sandbox/sandbox.js */
  daemonPath: string;
  /** The node that runs it. */
  execPath: string;
}

export interface StartedSandbox extends SandboxInfo {
  /** User files left behind by an earlier sandbox of the same name that was killed. */
  kept: Kept | undefined;
}

/** Starts a sandbox in the background and waits until it answers. */
export async function startSandbox(start: StartOptions): Promise<StartedSandbox> {
  checkName(start.name);
  // Reports bad options here, before anything starts.
  (start.options.faults ?? []).map(parseFaults);
  mkdirSync(start.folder, { recursive: true, mode: 0o700 });
  const release = claim(join(start.folder, `.${start.name}.starting`), start.name);
  try {
    return await launch(start);
  } finally {
    release();
  }
}

async function launch(start: StartOptions): Promise<StartedSandbox> {
  const { folder: root, name, options, imagesFolder, daemonPath, execPath } = start;
  const folder = join(root, name);
  const running = readInfo(folder);
  if (running && isRunning(running)) {
    throw new BeltError(`the sandbox "${name}" is already running (process ${running.pid})`, {
      hint: `use it: eval "$(${commandLine('env', name)})" · stop it: ${commandLine('stop', name)} (or give the new one another --name)`,
    });
  }
  // What a sandbox that was killed left behind belongs to droplets that are gone.
  const kept = await removeAll(folder);
  mkdirSync(statePath(folder), { recursive: true, mode: 0o700 });
  const setup = JSON.stringify({ name, folder, options, imagesFolder });
  await spawnUntilReady(execPath, [daemonPath, setup], logPath(folder));
  const info = readInfo(folder);
  if (!info) throw new BeltError(`the sandbox "${name}" exited after it started: ${lastLine(logPath(folder))}`);
  return { ...info, kept };
}

export interface Ended {
  /** Whether it was running. */
  running: boolean;
  /** What was kept from its folder. */
  kept: Kept | undefined;
}

/** Stops a sandbox and removes its folder, except for the user's cluster descriptions. */
export async function stopSandbox(root: string, name: string): Promise<Ended> {
  checkName(name);
  const folder = join(root, name);
  const info = readInfo(folder);
  const running = info !== undefined && isRunning(info);
  if (running) await endProcess(info.pid);
  return { running, kept: await removeAll(folder) };
}

/** Removes the leftovers of sandboxes that no longer run; returns their names, and what was kept. */
export async function cleanSandboxes(root: string): Promise<{ name: string; kept: Kept | undefined }[]> {
  const running = new Set(listSandboxes(root).map(({ name }) => name));
  // Names begin with a letter or digit: a sandbox that is just starting has a file beside its folder.
  const starting = (name: string) => existsSync(join(root, `.${name}.starting`));
  const left = readFolder(root).filter((name) => !name.startsWith('.') && !running.has(name) && !starting(name));
  const cleaned = [];
  for (const name of left) cleaned.push({ name, kept: await removeAll(join(root, name)) });
  return cleaned;
}

/** Removes the folder, and what its record lists outside of it; returns what was kept. */
async function removeAll(folder: string): Promise<Kept | undefined> {
  if (existsSync(recordPath(folder))) {
    const { removeLeftovers } = await import('./engine-hosts/leftovers.ts');
    await removeLeftovers(folder);
  }
  const kept = keepDescriptions(folder);
  rmSync(folder, { recursive: true, force: true });
  return kept;
}

/** The sandbox of that name; throws when none runs. */
export function findSandbox(root: string, name: string): SandboxInfo {
  checkName(name);
  const info = readInfo(join(root, name));
  if (!info || !isRunning(info)) throw noSandbox(root, name);
  return info;
}

/** The error for a name that no running sandbox has. */
export function noSandbox(root: string, name: string): BeltError {
  const others = listSandboxes(root).map((info) => info.name);
  return new BeltError(`sandbox "${name}" is not running`, {
    hint: others.length > 0 ? `running: ${others.join(', ')} (--name)` : `start one: ${commandLine('start', name)}`,
  });
}

export function listSandboxes(root: string): SandboxInfo[] {
  const names = readFolder(root).toSorted();
  return names
    .map((name) => readInfo(join(root, name)))
    .filter((info) => info !== undefined && isRunning(info)) as SandboxInfo[];
}

export const sandboxStatus = async (root: string, name: string): Promise<SandboxStatus> =>
  (await ask(findSandbox(root, name), 'GET', '/sandbox/status')) as SandboxStatus;

/** Injects faults into a running sandbox, in the syntax of `--fault`. */
export async function addSandboxFaults(root: string, name: string, spec: string): Promise<void> {
  await ask(findSandbox(root, name), 'POST', '/sandbox/faults', { spec });
}

/** Forgets the requests that the sandbox counted. */
export async function resetSandboxRequests(root: string, name: string): Promise<void> {
  await ask(findSandbox(root, name), 'POST', '/sandbox/reset-requests');
}

/** The variables that point a DigitalOcean client at a sandbox. */
export const SANDBOX_VARIABLES = [
  'DIGITALOCEAN_ACCESS_TOKEN',
  'DIGITALOCEAN_TOKEN',
  'DIGITALOCEAN_API_URL',
  'DIGITALOCEAN_SSH_PORT',
  'DIGITALOCEAN_SSH_KEY_PATH',
  'BELT_STATE_DIR',
] as const;

/** The environment in which belt (and doctl) talk to the sandbox. */
export function sandboxEnv(info: SandboxInfo): Record<(typeof SANDBOX_VARIABLES)[number], string> {
  return {
    DIGITALOCEAN_ACCESS_TOKEN: info.token,
    DIGITALOCEAN_TOKEN: info.token,
    DIGITALOCEAN_API_URL: info.apiUrl,
    DIGITALOCEAN_SSH_PORT: String(info.sshPort),
    DIGITALOCEAN_SSH_KEY_PATH: info.sshKeyPath,
    BELT_STATE_DIR: statePath(info.folder),
  };
}

async function ask(info: SandboxInfo, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${info.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${info.token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = response.status === 204 ? undefined : await response.json();
  if (!response.ok) {
    const { message } = answer as { message: string };
    throw response.status === 422
      ? new UsageError(message)
      : new BeltError(`the sandbox "${info.name}" refused: ${message}`);
  }
  return answer;
}

function spawnUntilReady(execPath: string, words: string[], log: string): Promise<void> {
  const file = openSync(log, 'a', 0o600);
  const child = withoutInherited(['ignore', file, file, 'ipc'], (stdio) =>
    spawn(execPath, words, { detached: true, stdio }),
  );
  closeSync(file);
  return new Promise((resolve, reject) => {
    child.once('message', () => {
      child.disconnect();
      child.unref();
      child.removeAllListeners();
      resolve();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new BeltError(lastLine(log) ?? `the sandbox exited immediately (${signal ?? code})`)),
    );
  });
}

function checkName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9-]*$/.test(name)) {
    throw new UsageError(`invalid sandbox name "${name}"`, { hint: 'use letters, digits and dashes' });
  }
}

const commandLine = (verb: string, name: string): string =>
  `belt sandbox ${verb}${name === 'default' ? '' : ` --name ${name}`}`;

function lastLine(path: string): string | undefined {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  // Node ends the report of a crash with its own version.
  const words = lines.filter((line) => line !== '' && !/^(Node\.js v|\s+at )/.test(line));
  return words.at(-1);
}

const readFolder = (path: string): string[] => attempt(() => readdirSync(path)) ?? [];
