// What a droplet's user_data asks of its first boot.
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { quoted } from '../quoted.ts';
import { partsOf } from './mime.ts';

export interface UserData {
  /** Private host keys, in PEM. */
  hostKeys: string[];
  hostname: string | undefined;
  authorizedKeys: string[];
  files: Map<string, Buffer>;
  /** Scripts that run early in every boot. */
  bootHooks: string[];
  /** The user's own scripts. */
  scripts: string[];
  /** `runcmd`, each command as a line for a shell. */
  runCommands: string[];
  packages: string[];
}

type Fields = Record<string, unknown>;

/** Reads `#cloud-config`, scripts, and multi-part archives of them. What cannot be read is left out. */
export function parseUserData(text: string | undefined, log: (line: string) => void): UserData {
  const found: UserData = {
    hostKeys: [],
    hostname: undefined,
    authorizedKeys: [],
    files: new Map(),
    bootHooks: [],
    scripts: [],
    runCommands: [],
    packages: [],
  };
  // Of two parts that set the same key, the last one counts, whole (cloudinit/handlers/cloud_config.py).
  const merged: Fields = {};
  for (const part of text === undefined || text === '' ? [] : partsOf(text)) {
    if (part.type === 'text/x-shellscript') found.scripts.push(part.content);
    if (part.type === 'text/cloud-boothook') found.bootHooks.push(part.content.replace(/^#cloud-boothook\n/, ''));
    if (part.type !== 'text/cloud-config') continue;
    try {
      const config: unknown = parse(part.content);
      if (isFields(config)) Object.assign(merged, config);
    } catch (error) {
      log(`user_data: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  take(found, merged);
  return found;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function take(found: UserData, config: Fields): void {
  const keys = (config['ssh_keys'] ?? {}) as Fields;
  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    const key = keys[`${type}_private`];
    if (typeof key === 'string') found.hostKeys.push(key);
  }
  const name = config['hostname'] ?? config['fqdn'];
  if (typeof name === 'string') found.hostname = name;
  for (const key of listOf(config['ssh_authorized_keys'])) if (typeof key === 'string') found.authorizedKeys.push(key);
  for (const file of listOf(config['write_files'])) writeFile(found, file as Fields);
  found.runCommands = listOf(config['runcmd']).map(lineOf);
  // A package may come with the version that is wanted of it.
  found.packages = listOf(config['packages']).map((named) => String(Array.isArray(named) ? named[0] : named));
}

/** A list is a command's words, which no shell may touch. */
const lineOf = (command: unknown): string =>
  Array.isArray(command) ? command.map((word) => quoted(String(word))).join(' ') : String(command);

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function writeFile({ files }: UserData, file: Fields): void {
  if (typeof file['path'] !== 'string') return;
  const content = decode(String(file['content'] ?? ''), String(file['encoding'] ?? ''));
  const before = file['append'] === true ? files.get(file['path']) : undefined;
  files.set(file['path'], before === undefined ? content : Buffer.concat([before, content]));
}

function decode(content: string, encoding: string): Buffer {
  const isBase64 = /(^|\+)(b64|base64)$/.test(encoding);
  const bytes = Buffer.from(content, isBase64 ? 'base64' : 'utf8');
  return /^(gz|gzip)/.test(encoding) ? gunzipSync(bytes) : bytes;
}
