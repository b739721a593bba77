import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONFIGURE } from '../../../../src/cloud/engine/daemon.ts';
import { installScript } from '../../../../src/cloud/engine/install.ts';
import { type EngineSpec, PLAIN_ENGINE } from '../../../../src/config/cluster/types.ts';
import { type Droplet, droplet } from './shell.ts';

const LOCK = '-o DPkg::Lock::Timeout=300';
const MADISON = ['28.10.0-1', '28.2.2-1', '28.2.1-1', '28.1.1-1', '27.5.1-2']
  .map(
    (version) => ` docker-ce | 5:${version}~ubuntu.24.04~noble | https://download.docker.com/linux/ubuntu noble/stable`,
  )
  .join('\n');
const RULE = 'PREROUTING -d 169.254.169.254/32 -j DROP';

let on: Droplet;
beforeEach(() => {
  on = droplet();
  on.write('etc/os-release', 'ID=ubuntu\nVERSION_CODENAME=noble\nPRETTY_NAME="Ubuntu 24.04"\n');
  on.program('curl', 'while [ $# -gt 1 ]; do [ "$1" = -o ] && echo key > "$2"; shift; done');
  on.program('dpkg', 'echo amd64');
  on.program('sleep');
  on.program('apt-mark');
  on.write(CONFIGURE.slice(1), '');
  on.program('apt-cache', `cat << 'END'\n${MADISON}\nEND`);
  // Installing puts dockerd and iptables there.
  on.program('iptables', 'case " $* " in *" -C "*) exit 1 ;; esac');
  on.program('apt-get', `case " $* " in *' install '*) ${brings} ;; esac`);
});
afterEach(() => on.end());

const brings = `printf '#!/bin/sh\\necho Docker version 28.2.2\\n' > "\${0%/*}/dockerd" && chmod +x "\${0%/*}/dockerd"`;
const run = (engine: Partial<EngineSpec> = {}) => on.run(installScript({ ...PLAIN_ENGINE, ...engine }));
const installs = () => on.calls().filter((call) => / install /.test(call));

describe("Docker's own packages", () => {
  test('from the signed repository of this distribution, waiting for the lock', () => {
    const { status, stdout, stderr } = run();
    expect({ status, stderr, last: stdout.trim().split('\n').at(-1) }).toEqual({
      status: 0,
      stderr: '',
      last: 'belt: installed Docker version 28.2.2',
    });
    const key = `${on.root}/etc/apt/keyrings/docker.asc`;
    expect(on.read('etc/apt/sources.list.d/docker.list')).toBe(
      `deb [arch=amd64 signed-by=${key}] https://download.docker.com/linux/ubuntu noble stable\n`,
    );
    expect(on.calls()).toEqual([
      `curl -fsSL --connect-timeout 20 --max-time 120 -o ${key} https://download.docker.com/linux/ubuntu/gpg`,
      'dpkg --print-architecture',
      `apt-get ${LOCK} update -q`,
      'apt-cache madison docker-ce',
      'apt-cache madison docker-buildx-plugin',
      'apt-cache madison docker-compose-plugin',
      `apt-get ${LOCK} install -y -q docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin`,
      `iptables -w -t raw -C ${RULE}`,
      `iptables -w -t raw -I ${RULE}`,
    ]);
  });

  test.each([
    ['28', '28.10.0-1'],
    ['28.1', '28.1.1-1'],
    ['28.2', '28.2.2-1'],
    ['28.2.1', '28.2.1-1'],
    ['27', '27.5.1-2'],
  ])('version %s is the newest that begins so: %s', (version, found) => {
    expect(run({ version }).status).toBe(0);
    const pinned = `5:${found}~ubuntu.24.04~noble`;
    expect(installs()).toEqual([
      `apt-get ${LOCK} install -y -q docker-ce=${pinned} docker-ce-cli=${pinned} containerd.io docker-buildx-plugin docker-compose-plugin`,
    ]);
    expect(on.calls().filter((call) => /^apt-mark/.test(call))).toEqual(['apt-mark hold docker-ce docker-ce-cli']);
  });

  test('a version that may be upgraded is not held, and neither is one that nobody chose', () => {
    expect(run({ version: '28', automaticUpgrades: true }).status).toBe(0);
    on.remove('dockerd');
    expect(run().status).toBe(0);
    expect(on.calls().filter((call) => /^apt-mark/.test(call))).toEqual([]);
  });

  test('a version that cannot be held is told of, and is installed all the same', () => {
    on.program('apt-mark', 'exit 1');
    expect(run({ version: '28' })).toMatchObject({
      status: 0,
      stderr: 'belt: could not hold docker-ce at its version\n',
    });
  });

  test.each<[string, Partial<EngineSpec>, string]>([
    ['one plugin alone', { plugins: ['compose'] }, ' docker-compose-plugin'],
    ['no plugins', { plugins: [] }, ''],
  ])('%s, where the file says so', (_, engine, packages) => {
    expect(run(engine).status).toBe(0);
    expect(installs()).toEqual([`apt-get ${LOCK} install -y -q docker-ce docker-ce-cli containerd.io${packages}`]);
  });

  test('without the plugins where the repository has none', () => {
    on.program('apt-cache', `case $2 in *-plugin) ;; *) cat << 'END'\n${MADISON}\nEND\n;; esac`);
    expect(run().status).toBe(0);
    expect(installs()).toEqual([`apt-get ${LOCK} install -y -q docker-ce docker-ce-cli containerd.io`]);
  });

  test('the engine is configured once more when it is there', () => {
    on.write(CONFIGURE.slice(1), `echo configured`);
    expect(run().stdout.split('\n').slice(-3)).toEqual(['configured', 'belt: installed Docker version 28.2.2', '']);
  });

  test.each(['2', '28.3', '28.2.2.1', '8'])(
    'there is no version %s: nothing is installed, and it says which there are',
    (version) => {
      const { status, stderr } = run({ version });
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: `belt: Docker could not be installed: no version ${version} for Ubuntu 24.04; available: 28.10.0 28.2.2 28.2.1 28.1.1 27.5.1 \n`,
      });
      expect(installs()).toEqual([]);
    },
  );

  test('a dockerd that is there is left alone', () => {
    on.program('dockerd');
    expect(run({ version: '28' })).toEqual({
      status: 0,
      stdout: 'belt: Docker is already installed: left unchanged\n',
      stderr: '',
    });
    expect(on.calls()).toEqual([]);
  });

  test('a download that fails is tried again', () => {
    on.program(
      'curl',
      `[ "$(cat tries 2> /dev/null)" = xx ] || { printf x >> tries; exit 6; }`.replaceAll('tries', `${on.root}/tries`),
    );
    expect(run().status).toBe(0);
    expect(
      on
        .calls()
        .filter((call) => /^(curl|sleep)/.test(call))
        .map((call) => call.split(' ', 2).join(' ')),
    ).toEqual(['curl -fsSL', 'sleep 6', 'curl -fsSL', 'sleep 6', 'curl -fsSL']);
  });

  test.each([
    ['the key', () => on.program('curl', 'exit 22'), 'cannot fetch https://download.docker.com/linux/ubuntu/gpg'],
    [
      'the list',
      () => on.program('apt-cache'),
      'https://download.docker.com/linux/ubuntu has no packages for noble, or is unreachable',
    ],
    ['the packages', () => on.program('apt-get', `case $* in *install*) exit 100 ;; esac`), 'apt-get install failed'],
    ['dockerd', () => on.program('apt-get'), 'dockerd is missing after the installation'],
  ])('without %s it fails, in words', (_what, breaks, words) => {
    breaks();
    const { status, stderr } = run();
    expect({ status, stderr }).toEqual({ status: 1, stderr: `belt: Docker could not be installed: ${words}\n` });
    expect(on.calls().filter((call) => call === 'sleep 6').length).toBeLessThan(10);
  });

  test('without curl, by wget', () => {
    on.remove('curl');
    on.program('wget', 'echo key > "$7"');
    expect(run().status).toBe(0);
    expect(on.read('etc/apt/keyrings/docker.asc')).toBe('key\n');
  });

  test('on another distribution it says what to do', () => {
    on.write('etc/os-release', 'ID=fedora\nPRETTY_NAME="Fedora Linux 42"\n');
    const { status, stderr } = run();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'belt: Docker could not be installed: there are no packages for Fedora Linux 42: choose an image with Docker, or set engine.install_url\n',
    });
    expect(on.calls()).toEqual([]);
  });
});

describe('a script from an address', () => {
  const url = 'https://get.docker.com';
  const serves = (script: string) =>
    on.program('curl', `while [ $# -gt 1 ]; do [ "$1" = -o ] && cat > "$2" << 'END'\n${script}\nEND\nshift; done`);

  test('is run with the version, and has apt wait for its lock', () => {
    on.write('etc/os-release', 'ID=fedora\n');
    serves(`echo "it $VERSION $(cat "$APT_CONFIG")"\n${brings.replaceAll('${0%/*}', `${'$'}{TMPDIR}/bin`)}`);
    const { status, stdout } = run({ version: '28.2', installUrl: url });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'it 28.2 DPkg::Lock::Timeout "300";\nbelt: installed Docker version 28.2.2\n',
    });
    expect(on.calls()[0]).toMatch(/^curl .* https:\/\/get\.docker\.com$/);
  });

  test('that fails is the failure of the installation', () => {
    serves('exit 3');
    const { status, stderr } = run({ installUrl: url });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `belt: Docker could not be installed: the script from ${url} failed\n`,
    });
  });

  test('that cannot be fetched is not run', () => {
    on.program('curl', 'exit 22');
    expect(run({ installUrl: url })).toMatchObject({
      status: 1,
      stderr: `belt: Docker could not be installed: cannot fetch ${url}\n`,
    });
  });
});

test('whatever the version and the address hold, they are words and no shell', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (version, installUrl) => {
      fc.pre(!`${version}${installUrl}`.includes('\0'));
      const lines = installScript({ ...PLAIN_ENGINE, version, installUrl });
      const at = lines.indexOf('version=');
      const assigned = lines.slice(at, lines.indexOf('\nscript=$(mktemp)', at));
      const { status, stdout } = spawnSync('sh', ['-c', `${assigned}\nprintf '%s\\n%s' "$version" "$url"`]);
      expect([status, stdout.toString()]).toEqual([0, `${version}\n${installUrl}`]);
    }),
    { numRuns: 30 },
  );
});

test.each([{}, { version: '28' }, { installUrl: 'https://get.docker.com', version: "2'8" }])(
  'sh reads it: %j',
  (engine) => {
    const script = installScript({ ...PLAIN_ENGINE, ...engine });
    expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  },
);
