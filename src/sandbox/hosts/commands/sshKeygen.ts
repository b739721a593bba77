// `ssh-keygen`: a new ed25519 key, or the public half of one.
import { newKeyPair } from '../../../new-key.ts';
import { publicHalf } from '../hostKeys.ts';
import { refuse } from './refuse.ts';
import type { Command, Running } from './types.ts';

export const sshKeygen: Command = async (running) => {
  const { process, words } = running;
  const path = words[words.indexOf('-f') + 1];
  if (!words.includes('-f') || path === undefined || (!words.includes('-y') && !isEd25519(words))) {
    return await refuse(process, 'ssh-keygen but for ed25519 keys and -y, with -f');
  }
  return words.includes('-y') ? await show(running, path) : await make(running, path);
};

const isEd25519 = (words: readonly string[]): boolean => words[words.indexOf('-t') + 1] === 'ed25519';

async function show({ process, host }: Running, path: string): Promise<number> {
  const file = host.files.get(path);
  if (file === undefined) {
    await process.err(`${path}: No such file or directory\r\n`);
    return 255;
  }
  const half = publicHalf(String(file));
  if (half === undefined) {
    await process.err(`Load key "${path}": error in libcrypto\r\n`);
    return 255;
  }
  await process.out(`${half} root@${host.hostname}\n`);
  return 0;
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
