// The cloud-init user data that belt gives a droplet: the host key of the run, where its swarm talks, and the user's own
// data beside that.
import { UsageError } from '../errors.ts';

/** DigitalOcean takes at most 64 KiB (https://docs.digitalocean.com/reference/api/, droplet_create.user_data). */
export const MOST_USER_DATA_BYTES = 64 * 1024;

export interface HostKeyPair {
  /** OpenSSH's private key format, PEM. */
  privateKey: string;
  /** `ssh-ed25519 AAAA…`, one line. */
  publicKey: string;
}

/** belt's part: the host key by which the first contact is verified (cloud-init, module cc_ssh, `ssh_keys`). */
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
 * A droplet has a public and a VPC address, and Docker does not choose between them: without this, the plain words
 * `docker swarm init` are refused there. The interface is DigitalOcean's for the VPC. A boothook runs before Docker starts
 * and, other than `write_files` or `bootcmd`, takes no key from the user's own cloud-config; what an image brings stays
 * (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file, `swarm-default-advertise-addr`).
 */
const SWARM_ON_VPC = `#cloud-boothook
#!/bin/sh
[ -e /etc/docker/daemon.json ] && exit 0
mkdir -p /etc/docker
echo '{"swarm-default-advertise-addr": "eth1"}' > /etc/docker/daemon.json
`;

/**
 * belt's parts and the user's own, if any, as a MIME multi-part archive, which cloud-init reads whole. belt's come
 * first: cloud-init keeps the first value of a key that two parts set.
 * @throws UsageError when the result is larger than DigitalOcean takes.
 */
export function userData(hostKey: HostKeyPair, own: { text: string; path: string } | undefined): string {
  const whole = multipart([hostKeyConfig(hostKey), SWARM_ON_VPC, ...(own === undefined ? [] : [own.text])]);
  const bytes = Buffer.byteLength(whole);
  if (bytes > MOST_USER_DATA_BYTES) {
    throw new UsageError(
      `${own?.path ?? 'the user data'} is too large: ${bytes} bytes with belt's part, and DigitalOcean takes ${MOST_USER_DATA_BYTES}`,
      {
        hint: 'have a short script fetch the rest',
      },
    );
  }
  return whole;
}

const BOUNDARY = '==belt-user-data==';

function multipart(parts: readonly string[]): string {
  const bodies = parts.map((part) => `--${BOUNDARY}\n${partHead(part)}${part.trimEnd()}\n`);
  const head = `Content-Type: multipart/mixed; boundary="${BOUNDARY}"\nMIME-Version: 1.0\n\n`;
  return `${head}${bodies.join('\n')}\n--${BOUNDARY}--\n`;
}

/** What stands before a part; one that is an archive itself brings its own. */
function partHead(part: string): string {
  if (/^(content-type:\s*multipart|mime-version:)/i.test(part)) return '';
  return [
    `Content-Type: ${contentType(part)}; charset="utf-8"`,
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: 8bit',
    '\n',
  ].join('\n');
}

/**
 * cloud-init tells formats apart by their first line (https://docs.cloud-init.io/en/latest/explanation/format.html), and
 * does so itself for what is sent as plain text.
 */
function contentType(text: string): string {
  const first = (text.split('\n', 1)[0] ?? '').trimEnd();
  if (first === '#cloud-config') return 'text/cloud-config';
  if (first === '#include') return 'text/x-include-url';
  if (first === '#cloud-boothook') return 'text/cloud-boothook';
  return first.startsWith('#!') ? 'text/x-shellscript' : 'text/plain';
}
