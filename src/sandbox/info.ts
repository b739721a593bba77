// The files in a sandbox's folder: its info while it runs, its log, its key.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from './attempt.ts';
import type { SandboxOptions } from './options.ts';

/** How to reach a sandbox. Contains its tokens: only its owner may read the file. */
export interface SandboxInfo {
  name: string;
  folder: string;
  pid: number;
  /** Without /v2. */
  apiUrl: string;
  token: string;
  readOnlyToken: string;
  sshPort: number;
  sshKeyPath: string;
  /** The key's id in the account. */
  sshKeyId: number;
  options: SandboxOptions;
  /** ms since the epoch. */
  startedAt: number;
}

const infoPath = (folder: string) => join(folder, 'info.json');
export const logPath = (folder: string) => join(folder, 'log');
export const keyPath = (folder: string) => join(folder, 'id_ed25519');
/** What a sandbox with engine hosts made outside its folder (engine-hosts/record.ts). */
export const recordPath = (folder: string) => join(folder, 'engine.json');
export const statePath = (folder: string) => join(folder, 'state');

/** Writes the info atomically. */
export function writeInfo(info: SandboxInfo): void {
  const path = infoPath(info.folder);
  const fresh = `${path}.${info.pid}`;
  mkdirSync(info.folder, { recursive: true, mode: 0o700 });
  writeFileSync(fresh, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}

/** Reads the info; undefined when the sandbox has none. */
export const readInfo = (folder: string): SandboxInfo | undefined =>
  attempt(() => JSON.parse(readFileSync(infoPath(folder), 'utf8')) as SandboxInfo);

export function removeInfo(folder: string): void {
  rmSync(infoPath(folder), { force: true });
}
