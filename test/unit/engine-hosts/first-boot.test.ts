import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { firstBoot } from '../../../src/sandbox/engine-hosts/firstBoot.ts';
import { CLOUD_INIT } from '../../../src/sandbox/engine-hosts/inside/cloudInit.ts';
import { MAKE_IMAGES } from '../../../src/sandbox/engine-hosts/inside/images.ts';
import { APT_GET } from '../../../src/sandbox/engine-hosts/inside/packages.ts';
import { SERVICE_FILES } from '../../../src/sandbox/engine-hosts/inside/services.ts';
import { parseUserData } from '../../../src/sandbox/userdata/parse.ts';

const files = (userData: string) => {
  const made = firstBoot(
    parseUserData(userData, () => {}),
    [{ type: 'ed25519', key: 'KEY\n' }],
  );
  return Object.fromEntries(
    made.map(({ path, content }) => [path.replace('/var/lib/cloud/instance/', ''), String(content)]),
  );
};

describe('the first boot', () => {
  it('does each thing that the user data asks, in cloud-init’s order', () => {
    const made = files(`#cloud-config
bootcmd:
  - echo early
write_files:
  - path: /etc/it's here/motd
    permissions: '0600'
    content: hello
  - path: /usr/bin/plain
    content: x
packages: [docker.io, [curl, '8.5']]
runcmd:
  - echo a > /b
  - [touch, "it's"]
`);
    expect(made['/etc/ssh/ssh_host_ed25519_key']).toBe('KEY\n');
    expect(made['boot']).toBe('#!/bin/sh\necho early\nexit 0\n');
    expect(made['files/0']).toBe('hello');
    const init = made['init']?.split('\n') ?? [];
    expect(init.slice(2)).toEqual([
      'ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key > /etc/ssh/ssh_host_ed25519_key.pub',
      `mkdir -p "$(dirname '/etc/it'\\''s here/motd')" && cp /var/lib/cloud/instance/files/0 '/etc/it'\\''s here/motd' && chmod 0600 '/etc/it'\\''s here/motd' || note 'write_files: /etc/it'\\''s here/motd'`,
      `mkdir -p "$(dirname '/usr/bin/plain')" && cp /var/lib/cloud/instance/files/1 '/usr/bin/plain' && chmod 0644 '/usr/bin/plain' || note 'write_files: /usr/bin/plain'`,
      'exit 0',
      '',
    ]);
    expect(made['scripts/runcmd']).toBe("#!/bin/sh\necho a > /b\n'touch' 'it'\\''s'\n");
    expect(made['final']?.split('\n').slice(2)).toEqual([
      "apt-get install -y 'docker.io' 'curl' || note 'packages: docker.io curl'",
      "/var/lib/cloud/instance/scripts/runcmd || note 'scripts: runcmd'",
      'exit 0',
      '',
    ]);
  });

  it('a script is run as it is, and without user data there is nothing to do', () => {
    const made = files('#!/usr/bin/env python3\nprint(1)\n');
    expect(made['scripts/part-001']).toBe('#!/usr/bin/env python3\nprint(1)\n');
    expect(made['final']).toContain("/var/lib/cloud/instance/scripts/part-001 || note 'scripts: part-001'\n");
    expect(files('')['final']?.split('\n').slice(2)).toEqual(['exit 0', '']);
  });
});

describe('what runs on a droplet', () => {
  const scripts = { ...SERVICE_FILES, 'make-images': MAKE_IMAGES, 'apt-get': APT_GET, 'cloud-init': CLOUD_INIT };
  it.runIf(process.platform !== 'win32').each(Object.entries(scripts))(
    '%s is a script that its shell can read',
    (_name, text) => {
      const shell = text.startsWith('#!/bin/bash') ? 'bash' : 'sh';
      expect(() => execFileSync(shell, ['-n'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] })).not.toThrow();
    },
  );
});
