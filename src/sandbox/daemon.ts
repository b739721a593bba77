// The sandbox's own process (dist/sandbox/sandbox.js). Its one argument is JSON: { name, folder, options }.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { messageOf } from '../errors.ts';
import { BOOK_KEY_ID } from './account/keys.ts';
import { startApi } from './api/server.ts';
import { engineHosts } from './engine-hosts/index.ts';
import { simulatedHosts } from './hosts/index.ts';
import { library } from './images/library.ts';
import { keyPath, removeInfo, type SandboxInfo, writeInfo } from './info.ts';
import { type SandboxOptions, withDefaults } from './options.ts';
import { holdSshPort } from './ports.ts';
import { seededRandom } from './random.ts';
import type { Hosts } from './types.ts';

interface DaemonArguments {
  name: string;
  /** This sandbox's own folder. */
  folder: string;
  options: Partial<SandboxOptions>;
  /** Where image layers are kept. */
  imagesFolder: string;
}

async function main(): Promise<void> {
  const { name, folder, imagesFolder, ...given } = JSON.parse(process.argv[2] ?? '{}') as DaemonArguments;
  if (!name || !folder) {
    throw new Error('usage: node sandbox.js \'{"name": "…", "folder": "…", "options": {…}}\'');
  }
  const options = withDefaults(given.options ?? {});
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const hosts = await makeHosts(options, folder, imagesFolder);
  const tokens = { full: newToken(), readOnly: newToken() };
  const publicKeys = [{ name: 'sandbox', publicKey: makeKey(folder) }];
  const api = await startApi({ name, hosts, tokens, options, publicKeys, log });

  let ending = false;
  const end = async (why: string) => {
    if (!ending) {
      ending = true;
      log(`ending: ${why}`);
      removeInfo(folder);
      await api.close();
      await hosts.close();
      process.exit(0);
    }
  };
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGINT', () => void end('SIGINT'));

  writeInfo(infoOf({ name, folder, apiUrl: api.url, sshPort: hosts.sshPort, options, tokens }));
  log(`ready at ${api.url}, SSH on port ${hosts.sshPort}`);
  // control.ts, which started it, waits for this message.
  process.send?.('ready');
}

async function makeHosts(options: SandboxOptions, folder: string, imagesFolder: string): Promise<Hosts> {
  if (options.hosts === 'engine') return await engineHosts({ folder, library: library(imagesFolder), log });
  return simulatedHosts({ sshPort: await holdSshPort(), random: seededRandom(options.seed, 'hosts'), log });
}

function infoOf(
  running: Pick<SandboxInfo, 'name' | 'folder' | 'apiUrl' | 'sshPort' | 'options'> & {
    tokens: { full: string; readOnly: string };
  },
): SandboxInfo {
  const { tokens, ...rest } = running;
  return {
    ...rest,
    pid: process.pid,
    token: tokens.full,
    readOnlyToken: tokens.readOnly,
    sshKeyPath: keyPath(rest.folder),
    sshKeyId: BOOK_KEY_ID,
    startedAt: Date.now(),
  };
}

/** Creates the key pair that all of the book's droplets accept; returns the public half. */
function makeKey(folder: string): string {
  let pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'belt sandbox' });
  // ssh2 occasionally generates a key that nothing can parse.
  while ([pair.private, pair.public].some((text) => ssh2.utils.parseKey(text) instanceof Error)) {
    pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'belt sandbox' });
  }
  writeFileSync(keyPath(folder), pair.private, { mode: 0o600 });
  writeFileSync(`${keyPath(folder)}.pub`, `${pair.public}\n`);
  return pair.public;
}

/** A token of DigitalOcean's shape. */
function newToken(): string {
  return `dop_v1_${randomBytes(32).toString('hex')}`;
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) => log(`unhandled: ${reason instanceof Error ? reason.stack : reason}`));

main().catch((error) => {
  // The last line of the log is shown to the user.
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
