import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readOwn } from '../../../src/cloud/own-userdata.ts';
import { UsageError } from '../../../src/errors.ts';

const LIVE = 'Docker does not support live-restore with Swarm';
const NFTABLES = 'Docker does not support the nftables firewall backend with Swarm';
const ROOTLESS = 'Docker does not support rootless Docker with Swarm';

const check = (text: string | Buffer) => readOwn(Buffer.from(text as string), 'own.yaml');

function refused(text: string | Buffer): string {
  try {
    check(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).hint).toMatch(/^(remove it|run dockerd as root): /);
    return (error as UsageError).message;
  }
  return 'it was taken';
}

/** A cloud-config that writes a daemon.json, as people do. */
const file = (content: string) =>
  `#cloud-config\nwrite_files:\n  - path: /etc/docker/daemon.json\n    content: ${content}\n`;
const encoded = (encoding: string, bytes: Buffer) =>
  `#cloud-config\nwrite_files:\n  - {path: /etc/docker/daemon.json, encoding: ${encoding}, content: ${bytes.toString('base64')}}\n`;
const CONFIG = Buffer.from('{"debug": true,\n "live-restore": true}');

describe('what Docker refuses together with Swarm is refused with its place', () => {
  test.each([
    [file('|\n      {\n        "live-restore": true\n      }'), `own.yaml:6: ${LIVE}`],
    [file('"{\\"live-restore\\":true}"'), `own.yaml:4: ${LIVE}`],
    [file(`'{"firewall-backend": "nftables"}'`), `own.yaml:4: ${NFTABLES}`],
    [encoded('b64', CONFIG), `own.yaml: write_files: /etc/docker/daemon.json: ${LIVE}`],
    [encoded('gz+b64', gzipSync(CONFIG)), `own.yaml: write_files: /etc/docker/daemon.json: ${LIVE}`],
    ['#!/bin/sh\n\ndockerd --live-restore &\n', `own.yaml:3: ${LIVE}`],
    ['#!/bin/sh\ndockerd --live-restore=true\n', `own.yaml:2: ${LIVE}`],
    ['#!/bin/sh\ndockerd --firewall-backend nftables\n', `own.yaml:2: ${NFTABLES}`],
    ['#!/bin/sh\nsu me -c "dockerd-rootless-setuptool.sh install"\n', `own.yaml:2: ${ROOTLESS}`],
    ['#!/bin/sh\ncurl -fsSL https://get.docker.com/rootless | sh\n', `own.yaml:2: ${ROOTLESS}`],
    [
      '\n\n#cloud-boothook\n#!/bin/sh\necho \'{"live-restore": true}\' > /etc/docker/daemon.json\n',
      `own.yaml:5: ${LIVE}`,
    ],
    ['#cloud-config-archive\n- "#!/bin/sh\\ndockerd --live-restore"\n', `own.yaml: entry 1: ${LIVE}`],
    [
      'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/x-shellscript\n\n#!/bin/sh\ndockerd --live-restore\n--b--\n',
      `own.yaml: part 1, line 2: ${LIVE}`,
    ],
    [gzipSync('#!/bin/sh\ndockerd --live-restore\n'), `own.yaml:2: ${LIVE}`],
  ])('%j', (text, message) => expect(refused(text)).toBe(message));
});

test.each([
  file(`'{"live-restore": false}'`),
  file(`'{"firewall-backend": "iptables"}'`),
  // Then the engine sets no rules at all, and does not refuse it.
  file(`'{"firewall-backend": "nftables", "iptables": false}'`),
  encoded('b64', Buffer.from('{"debug": true}')),
  encoded('gz+b64', CONFIG),
  '#!/bin/sh\n# not with a swarm: dockerd --live-restore\ndockerd --live-restore=false\n',
  '#!/bin/sh\napt-get install -y docker-ce docker-ce-rootless-extras\n',
  '#cloud-config\nwrite_files:\n',
  '#cloud-config\nwrite_files: [null, {path: /a}]\n',
])('what Docker takes is taken: %j', (text) => {
  expect(() => check(text)).not.toThrow();
});
