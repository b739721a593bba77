// Reads private key files as written by OpenSSH, OpenSSL and others: what is known without the passphrase, and how to open them.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Stats } from 'node:fs';
import ssh2 from 'ssh2';
import { BeltError } from '../errors.ts';
import { inOpenSshFormat } from '../new-key.ts';
import { readUserFile, type UserFile } from '../user-file.ts';
import { keyBytes } from './fingerprint.ts';

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};
const OPENSSH = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/;
const PKCS8 = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;

export interface KeyFile {
  path: string;
  /** `public`: the file is the public half. `unreadable`: an unknown format. */
  state: 'open' | 'encrypted' | 'public' | 'unreadable';
  /** The public half as wire bytes, from the file itself or the `.pub` next to it. */
  publicBytes: Buffer | undefined;
  /** Opens a private key; undefined when the passphrase is wrong, or the file is not a private key. */
  open(passphrase?: string): ssh2.ParsedKey | undefined;
}

/** @throws BeltError when the file cannot be read, or others than its owner may read it */
export function readKeyFile(path: string): KeyFile {
  const { text, stats } = read(path);
  const line = keyBytes(text);
  if (line) return { path, state: 'public', publicBytes: line, open: () => undefined };
  const open = (passphrase?: string) => parsed(text, passphrase);
  const key = open();
  const state = key ? 'open' : isEncrypted(text) ? 'encrypted' : 'unreadable';
  if (state !== 'unreadable') checkMode(path, stats);
  return { path, state, publicBytes: key?.getPublicSSH() ?? inClear(text) ?? publicHalf(path), open };
}

/** Whether there is a file that can be read. */
export function isReadable(path: string): boolean {
  try {
    readUserFile(path);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): UserFile {
  try {
    return readUserFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BeltError(`cannot read the SSH key ${path}: ${UNREADABLE[code ?? ''] ?? code ?? message}`, {
      hint: 'set ssh_key_path to your private key',
    });
  }
}

/** Like OpenSSH, refuses a private key of the user's own that others can read. */
function checkMode(path: string, { mode, uid }: Stats): void {
  if (process.getuid === undefined || uid !== process.getuid() || (mode & 0o077) === 0) return;
  const others = (mode & 0o777).toString(8).padStart(4, '0');
  throw new BeltError(`the SSH key ${path} can be read by others (mode ${others})`, { hint: `chmod 600 ${path}` });
}

function publicHalf(path: string): Buffer | undefined {
  try {
    return keyBytes(readUserFile(`${path}.pub`).text);
  } catch {
    return undefined;
  }
}

function parsed(text: string, passphrase?: string): ssh2.ParsedKey | undefined {
  const found = PKCS8.test(text) ? fromPkcs8(text, passphrase) : ssh2.utils.parseKey(text, passphrase);
  const key = found instanceof Error ? undefined : [found].flat()[0];
  return key?.isPrivateKey() ? key : undefined;
}

function isEncrypted(text: string): boolean {
  if (PKCS8.test(text)) return text.includes('BEGIN ENCRYPTED PRIVATE KEY');
  const found = ssh2.utils.parseKey(text);
  return found instanceof Error && /encrypted/i.test(found.message);
}

/** PKCS#8 (RFC 5958), which OpenSSL writes and ssh2 does not read. */
function fromPkcs8(text: string, passphrase?: string): ssh2.ParsedKey | Error {
  try {
    const key = createPrivateKey({ key: text, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
    const found = ssh2.utils.parseKey(asSsh2Reads(key));
    return found instanceof Error ? found : [found].flat()[0]!;
  } catch (error) {
    return error as Error;
  }
}

function asSsh2Reads(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return String(key.export({ type: 'pkcs1', format: 'pem' }));
  if (key.asymmetricKeyType === 'ec') return String(key.export({ type: 'sec1', format: 'pem' }));
  if (key.asymmetricKeyType === 'ed25519') return inOpenSshFormat(key);
  throw new Error(`${key.asymmetricKeyType} keys are not SSH keys`);
}

/** The public half, which OpenSSH's own format holds in clear, encrypted or not. */
function inClear(text: string): Buffer | undefined {
  const body = Buffer.from(OPENSSH.exec(text)?.[1] ?? '', 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer => {
    const length = body.readUInt32BE(at);
    at += 4 + length;
    return body.subarray(at - length, at);
  };
  try {
    // Cipher, key derivation and its options come first, then how many keys there are.
    for (let n = 0; n < 3; n++) next();
    at += 4;
    const bytes = next();
    return bytes.length > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}
