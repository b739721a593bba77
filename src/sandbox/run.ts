// A sandbox in this process: its hosts, its keys, its API. daemon.ts gives it a process of its own; tests run it in theirs.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type Clock, systemClock } from '../clock.ts';
import { newKeyPair } from '../new-key.ts';
import { BOOK_KEY_ID } from './account/keys.ts';
import { type Api, type Exchange, startApi } from './api/server.ts';
import { engineHosts } from './engine-hosts/index.ts';
import { simulatedHosts } from './hosts/index.ts';
import { library } from './images/library.ts';
import { keyPath, type SandboxInfo } from './info.ts';
import { type SandboxOptions, withDefaults } from './options.ts';
import { holdSshPort } from './ports.ts';
import { seededRandom } from './random.ts';
import type { Hosts } from './types.ts';

export interface SandboxSetup {
  name: string;
  /** This sandbox's own folder. */
  folder: string;
  options: Partial<SandboxOptions>;
  /** Where image layers are kept. */
  imagesFolder: string;
  /** For simulated hosts and the API; the machine's own, where there is none. */
  clock?: Clock;
  /** For tests that check what is asked. */
  onExchange?: ((exchange: Exchange) => void) | undefined;
}

export interface RunningSandbox {
  info: SandboxInfo;
  api: Api;
  /** Ends the API, and every host with what it left on the machine. */
  close(): Promise<void>;
}

/** Starts a sandbox; it answers when this resolves. */
export async function runSandbox(setup: SandboxSetup, log: (line: string) => void): Promise<RunningSandbox> {
  const { name, folder, imagesFolder, clock = systemClock, onExchange = () => {} } = setup;
  const options = withDefaults(setup.options);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const hosts = await makeHosts(options, { folder, imagesFolder, clock, log });
  const tokens = { full: newToken(), readOnly: newToken() };
  const publicKeys = [{ name: 'sandbox', publicKey: makeKey(folder) }];
  const api = await startApi({ name, hosts, tokens, options, publicKeys, clock, log, onExchange });
  const info: SandboxInfo = {
    name,
    folder,
    apiUrl: api.url,
    sshPort: hosts.sshPort,
    options,
    pid: process.pid,
    token: tokens.full,
    readOnlyToken: tokens.readOnly,
    sshKeyPath: keyPath(folder),
    sshKeyId: BOOK_KEY_ID,
    startedAt: clock.now(),
  };
  return {
    info,
    api,
    close: async () => {
      await api.close();
      await hosts.close();
    },
  };
}

type HostsSetup = Required<Pick<SandboxSetup, 'folder' | 'imagesFolder' | 'clock'>> & { log: (line: string) => void };

async function makeHosts(options: SandboxOptions, setup: HostsSetup): Promise<Hosts> {
  const { folder, imagesFolder, clock, log } = setup;
  if (options.hosts === 'engine') return await engineHosts({ folder, library: library(imagesFolder), log });
  return simulatedHosts({ sshPort: await holdSshPort(), random: seededRandom(options.seed, 'hosts'), clock, log });
}

/** Makes the key pair that every droplet of the book lets in; returns the public half. */
function makeKey(folder: string): string {
  const { privateKey, publicKey } = newKeyPair('belt sandbox');
  writeFileSync(keyPath(folder), privateKey, { mode: 0o600 });
  const line = `${publicKey} belt sandbox`;
  writeFileSync(`${keyPath(folder)}.pub`, `${line}\n`);
  return line;
}

/** A token of DigitalOcean's shape. */
const newToken = (): string => `dop_v1_${randomBytes(32).toString('hex')}`;
