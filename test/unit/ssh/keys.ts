// Key files made by the real ssh-keygen, in a folder of their own.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface KeyFolder {
  path: (name: string) => string;
  /** Makes a key and gives its path. */
  make: (name: string, about?: { type?: string; passphrase?: string; comment?: string; format?: string }) => string;
  publicKey: (path: string) => string;
  /** What `ssh-keygen -lf` says its fingerprint is. */
  fingerprint: (path: string, hash: 'md5' | 'sha256') => string;
  remove: () => void;
}

const BITS: Readonly<Record<string, string[]>> = { rsa: ['-b', '2048'], ecdsa: ['-b', '256'] };

export function keyFolder(): KeyFolder {
  let folder: string | undefined;
  // Only when it is needed: where all tests are skipped nobody removes it.
  const path = (name: string) => {
    folder ??= mkdtempSync(join(tmpdir(), 'belt-keys-'));
    return join(folder, name);
  };
  return {
    path,
    make: (name, { type = 'ed25519', passphrase = '', comment = 'ann@laptop', format } = {}) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      const extra = [...(BITS[type] ?? []), ...(format ? ['-m', format] : [])];
      // One round: opening such a key costs no time.
      const args = ['-q', '-t', type, '-a', '1', '-N', passphrase, '-C', comment, '-f', path(name), ...extra];
      execFileSync('ssh-keygen', args, { stdio: 'ignore' });
      return path(name);
    },
    publicKey: (key) => readFileSync(`${key}.pub`, 'utf8').trim(),
    fingerprint: (key, hash) =>
      execFileSync('ssh-keygen', ['-E', hash, '-lf', `${key}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '',
    remove: () => folder && rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Agent {
  socket: string;
  add: (paths: readonly string[]) => void;
  end: () => void;
}

/** A real ssh-agent, to be ended by its process id. */
export function startAgent(socket: string): Agent {
  const said = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  return {
    socket,
    add: (paths) => {
      if (paths.length === 0) return;
      const { status, stderr } = spawnSync('ssh-add', ['-q', ...paths], { env, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    },
    end: () => process.kill(pid),
  };
}
