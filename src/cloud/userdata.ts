// The cloud-init user data that belt gives a droplet: the host key of the run, its Docker engine, and the user's own data
// in addition.
import type { DropletSpec } from '../config/cluster/types.ts';
import { UsageError } from '../errors.ts';
import { engineHook } from './engine/hook.ts';
import { installScript } from './engine/install.ts';
import { prepareScript } from './engine/prepare.ts';
import { multipart, type Part } from './mime.ts';
import type { OwnUserData } from './own-userdata.ts';

/** DigitalOcean takes at most 64 KiB (https://docs.digitalocean.com/reference/api/, droplet_create.user_data). */
export const MOST_USER_DATA_BYTES = 64 * 1024;

export interface HostKeyPair {
  /** OpenSSH's private key format, PEM. */
  privateKey: string;
  /** `ssh-ed25519 AAAA…`, one line. */
  publicKey: string;
}

export interface UserDataParts extends DropletSpec {
  hostKey: HostKeyPair;
  /** UDP port of overlay traffic, where the swarm has one of its own. */
  dataPathPort?: number | undefined;
  /** Whether Docker is installed where the image has none. */
  install: boolean;
  /** The user's own. */
  own?: OwnUserData | undefined;
}

/** belt's part: the host key that verifies the first connection (cloud-init, module cc_ssh, `ssh_keys`). */
export function hostKeyConfig({ privateKey, publicKey }: HostKeyPair): string {
  const indented = privateKey
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
  return [
    '#cloud-config',
    'ssh_keys:',
    '  ed25519_private: |',
    ...indented,
    `  ed25519_public: ${publicKey.trim()}`,
    '',
  ].join('\n');
}

/**
 * belt's parts and the user's own, if any, as one. belt's scripts come first: they run in their order, so that the user's find the
 * engine. Its host key comes last: of a key that two parts set, cloud-init takes the last value whole (handlers/cloud_config.py,
 * `dict(replace)`), and a `merge_how` counts for the part that it stands in. `packages` come before any script.
 * @throws UsageError when the result is larger than DigitalOcean takes.
 */
export function userData({ hostKey, engine, swap, dataPathPort, install, own }: UserDataParts): string {
  const whole = multipart([
    typed(engineHook(engine, dataPathPort)),
    typed(prepareScript(swap)),
    ...(install ? [typed(installScript(engine))] : []),
    ...(own === undefined ? [] : [own.part]),
    typed(hostKeyConfig(hostKey)),
  ]);
  const bytes = Buffer.byteLength(whole);
  if (bytes > MOST_USER_DATA_BYTES) {
    const most = `and DigitalOcean's limit is ${MOST_USER_DATA_BYTES}`;
    if (own === undefined) {
      throw new UsageError(`the user data is too large: ${bytes} bytes, ${most}`, {
        hint: 'shorten engine: of the cluster; all of it is sent to each droplet',
      });
    }
    throw new UsageError(`${own.path} is too large: ${bytes} bytes with belt's part, ${most}`, {
      hint: 'have a short script fetch the rest',
    });
  }
  return whole;
}

/** One of belt's own parts, typed by its first line. */
function typed(content: string): Part {
  if (content.startsWith('#cloud-config')) return { type: 'text/cloud-config', content };
  return { type: content.startsWith('#!') ? 'text/x-shellscript' : 'text/cloud-boothook', content };
}
