// `ssh-keygen`: a new ed25519 key, or the public half of one.

import { newKeyPair } from '../../../new-key.ts';
import { Failure, notPlayed } from '../../engine/failure.ts';
import { publicHalf } from '../hostKeys.ts';
import type { Command, Running } from './types.ts';

export const sshKeygen: Command = (running) => {
  const { words } = running;
  const path = words[words.indexOf('-f') + 1];
  const isEd25519 = words[words.indexOf('-t') + 1] === 'ed25519';
  if (!words.includes('-f') || path === undefined || (!words.includes('-y') && !isEd25519)) {
    throw notPlayed('ssh-keygen but for ed25519 keys and -y, with -f');
  }
  return words.includes('-y') ? show(running, path) : make(running, path);
};

function show({ host }: Running, path: string): string {
  const file = host.files.get(path);
  if (file === undefined) throw new Failure(`${path}: No such file or directory\r`, 255);
  const half = publicHalf(String(file));
  if (half === undefined) throw new Failure(`Load key "${path}": error in libcrypto\r`, 255);
  return `${half} root@${host.hostname}\n`;
}

/** One that is there stays: the question whether to overwrite it is answered by the end of the input. */
async function make({ process, host }: Running, path: string): Promise<number> {
  if (host.files.has(path)) {
    await process.out(`${path} already exists.\nOverwrite (y/n)? `);
    return 1;
  }
  const { privateKey, publicKey } = newKeyPair(`root@${host.hostname}`);
  host.files.set(path, Buffer.from(privateKey));
  host.files.set(`${path}.pub`, Buffer.from(`${publicKey} root@${host.hostname}\n`));
  return 0;
}
