import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONFIGURE, daemonConfig } from '../../../../src/cloud/engine/daemon.ts';
import { engineHook } from '../../../../src/cloud/engine/hook.ts';
import { type EngineSpec, PLAIN_ENGINE } from '../../../../src/config/cluster/types.ts';
import { type Droplet, droplet } from './shell.ts';

const CONFIG = 'etc/docker/daemon.json';
const ON_VPC = { 'swarm-default-advertise-addr': 'eth1' };
const LOGS = { 'log-driver': 'local', 'log-opts': { 'max-size': '20m', 'max-file': '5' } };
const DEFAULTS = { ...ON_VPC, ...LOGS };
const RULE = 'PREROUTING -d 169.254.169.254/32 -j DROP';

let on: Droplet;
beforeEach(() => {
  on = droplet();
  on.write('var/lib/cloud/instance/here', '');
});
afterEach(() => on.end());

const run = (engine: Partial<EngineSpec> = {}) => on.run(engineHook({ ...PLAIN_ENGINE, ...engine }));
const config = () => JSON.parse(on.read(CONFIG)) as unknown;

describe("the engine's configuration", () => {
  test('by default a swarm talks over the VPC, and logs are bounded', () => {
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(config()).toEqual(DEFAULTS);
  });

  test('without python3 too', () => {
    on.remove('python3');
    expect(run({ labels: { tier: 'web' } })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(config()).toEqual({ ...DEFAULTS, labels: ['tier=web'] });
  });

  test.each([
    ['the log driver', { logDriver: 'json-file' }, { 'log-driver': 'json-file', 'log-opts': {} }],
    ["options of Docker's own driver", { logOpts: { labels: 'x' } }, { 'log-opts': { labels: 'x' } }],
  ])('%s that the file names goes without the default options of another', (_, engine, logs) => {
    run(engine);
    expect(config()).toEqual({ ...ON_VPC, ...logs });
  });

  test.each([{ 'log-driver': 'journald' }, { 'log-opts': { 'max-size': '1m' } }])(
    'so does that of a daemon.json of the droplet: %j',
    (own) => {
      on.write(CONFIG, JSON.stringify(own));
      run();
      expect(config()).toEqual({ ...ON_VPC, ...own });
    },
  );

  test('what the file says is there, byte for byte', () => {
    const labels = { tier: "it's $HOME", ort: 'Zürich "🐳"' };
    expect(
      run({ labels, registryMirrors: ['https://m.example'], logDriver: 'local', logOpts: { 'max-size': '10m' } })
        .status,
    ).toBe(0);
    expect(config()).toEqual({
      ...ON_VPC,
      labels: ["tier=it's $HOME", 'ort=Zürich "🐳"'],
      'registry-mirrors': ['https://m.example'],
      'log-driver': 'local',
      'log-opts': { 'max-size': '10m' },
    });
  });

  test("an image's own stays, but for what the file says", () => {
    on.write(CONFIG, '{"log-driver": "journald", "log-opts": {"tag": "x"}, "debug": true}');
    expect(run({ logDriver: 'local' })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(config()).toEqual({ ...ON_VPC, 'log-driver': 'local', 'log-opts': {}, debug: true });
  });

  test("an image's own address for swarms stays", () => {
    const own = JSON.stringify({ ...LOGS, 'swarm-default-advertise-addr': 'ens9' });
    on.write(CONFIG, own);
    expect(run().status).toBe(0);
    expect(on.read(CONFIG)).toBe(own);
  });

  test.each([
    ['one that is no JSON', () => on.write(CONFIG, '{"debug": ')],
    [
      'one that nothing can add to',
      () => {
        on.write(CONFIG, '{"debug": ');
        on.remove('python3');
      },
    ],
  ])('%s is left as it is, and that is said', (_what, prepare) => {
    prepare();
    const { stderr } = run({ logDriver: 'local' });
    expect(stderr).toContain(`belt: ${on.root}/${CONFIG} is left unchanged`);
    expect(on.read(CONFIG)).toBe('{"debug": ');
  });

  test('what is changed on the droplet later stays, at every boot', () => {
    run({ logDriver: 'local' });
    on.write(CONFIG, '{}');
    expect(run({ logDriver: 'local' }).status).toBe(0);
    expect(on.read(CONFIG)).toBe('{}');
  });

  test('what user data writes after the hook gets the defaults, and an engine that runs is restarted, once', () => {
    run({ labels: { tier: 'web' } });
    on.write(CONFIG, '{"debug": true}');
    on.program('systemctl');
    for (const _run of [1, 2]) {
      expect(on.run(`sh ${CONFIGURE}`)).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    expect(config()).toEqual({ ...DEFAULTS, debug: true, labels: ['tier=web'] });
    expect(on.calls()).toEqual(['systemctl is-active -q docker', 'systemctl restart docker']);
  });

  test('an engine that does not run is not started', () => {
    on.program('systemctl', 'exit 3');
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(on.calls()).toEqual(['systemctl is-active -q docker']);
  });

  test('live-restore, which a swarm refuses, is never in it', () => {
    expect(Object.keys(daemonConfig({ ...PLAIN_ENGINE, logOpts: { a: 'b' } }))).toEqual(['log-opts']);
  });
});

describe('the metadata service', () => {
  test('is shut to containers at every boot, once', () => {
    on.program('iptables', `case " $* " in *" -C "*) [ -e ${on.root}/rule ] ;; *" -I "*) : > ${on.root}/rule ;; esac`);
    for (const _boot of [1, 2]) expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(on.calls()).toEqual([
      `iptables -w -t raw -C ${RULE}`,
      `iptables -w -t raw -I ${RULE}`,
      `iptables -w -t raw -C ${RULE}`,
    ]);
  });

  test('that cannot be shut is told of, and the engine is configured all the same', () => {
    on.program('iptables', 'exit 3');
    expect(run().stderr).toBe('belt: could not block containers from the metadata service\n');
    expect(config()).toEqual(DEFAULTS);
  });
});

test('where the VPC is on another interface, a swarm is advertised, let through and fitted there', () => {
  const interfaces = { private: [{ ipv4: { ip_address: '10.104.0.3' } }] };
  on.write('run/cloud-init/instance-data.json', JSON.stringify({ ds: { meta_data: { interfaces } } }));
  on.program(
    'ip',
    `[ "$*" = '-o -4 addr show to 10.104.0.3/32' ] && echo '2: eth0    inet 10.104.0.3/20 scope global eth0'`,
  );
  on.program('ufw', `[ "$1" = status ] && echo 'Status: active'; exit 0`);
  on.write('sys/class/net/eth0/mtu', '1450\n');
  on.program('dockerd', `echo 'Docker version 28.2.2, build 0123abc'`);
  expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(config()).toMatchObject({
    'swarm-default-advertise-addr': 'eth0',
    'default-network-opts': { overlay: { 'com.docker.network.driver.mtu': '1450' } },
  });
  expect(on.calls()).toContain('ufw allow in on eth0 to any port 2377 proto tcp');
});

test('without a word of cloud-init the only interface is the one that leads out', () => {
  on.program('ip', `[ "$*" = '-o -4 route show default' ] && echo 'default via 10.104.0.1 dev eth0 '`);
  run();
  expect(config()).toEqual({ ...LOGS, 'swarm-default-advertise-addr': 'eth0' });
});

describe('the MTU of overlay networks', () => {
  const mtuOf = (mtu: string | undefined, version: string | undefined) => {
    if (mtu !== undefined) on.write('sys/class/net/eth1/mtu', `${mtu}\n`);
    if (version !== undefined) on.program('dockerd', `echo 'Docker version ${version}, build 0123abc'`);
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    return (config() as Record<string, unknown>)['default-network-opts'];
  };
  const told = { overlay: { 'com.docker.network.driver.mtu': '1450' } };

  test.each([
    ['1450', '28.2.2', told],
    ['1450', '24.0.0', told],
    ['1500', '28.2.2', undefined],
    ['9000', '28.2.2', undefined],
    [undefined, '28.2.2', undefined],
    // These do not start with it.
    ['1450', '20.10.24+dfsg1', undefined],
    ['1450', '23.0.1', undefined],
    // Which one will be installed is not known yet.
    ['1450', undefined, undefined],
  ])('on an eth1 of %s with Docker %s', (mtu, version, opts) => {
    expect(mtuOf(mtu, version)).toEqual(opts);
  });

  test("a droplet's own stays", () => {
    on.write(CONFIG, '{"default-network-opts": {"bridge": {}}}');
    expect(mtuOf('1450', '28.2.2')).toEqual({ bridge: {} });
  });
});

describe('unattended upgrades', () => {
  const FILE = 'etc/apt/apt.conf.d/52belt-docker';

  test('leave the engine alone', () => {
    on.write('etc/apt/apt.conf.d/50unattended-upgrades', '');
    run();
    expect(on.read(FILE)).toContain(
      'Unattended-Upgrade::Package-Blacklist { "docker-ce$"; "docker-ce-cli$"; "docker\\.io$"; "docker-cli$"; "containerd$"; "containerd\\.io$"; };',
    );
  });

  test('do not where the file says so', () => {
    on.write('etc/apt/apt.conf.d/50unattended-upgrades', '');
    run({ automaticUpgrades: true });
    expect(() => on.read(FILE)).toThrow('ENOENT');
  });

  test('are no concern of a distribution without apt', () => {
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(() => on.read(FILE)).toThrow('ENOENT');
  });
});

describe("an image's own firewall", () => {
  const UFW = [
    'Status: active',
    '',
    'To                         Action      From',
    '--                         ------      ----',
    '22/tcp                     LIMIT       Anywhere',
    '2375/tcp                   ALLOW       Anywhere',
    '5000/tcp                   LIMIT       Anywhere',
    '22/tcp (v6)                LIMIT       Anywhere (v6)',
  ].join('\n');
  const SWARM = ['2377 proto tcp', '7946 proto tcp', '7946 proto udp', '4789 proto udp'];
  const opened = (ports: readonly string[]) => ports.map((port) => `ufw allow in on eth1 to any port ${port}`);
  const ufw = (status: string) => on.program('ufw', `[ "$1" = status ] && cat << 'END'\n${status}\nEND\nexit 0`);

  test('lets a swarm through within the VPC, and SSH without a limit; once, and nothing else', () => {
    ufw(UFW);
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    run();
    expect(on.calls()).toEqual(['ufw status', 'ufw allow 22/tcp', ...opened(SWARM)]);
    expect(config()).toEqual(DEFAULTS);
  });

  test('one whose service is still loading its rules is waited for', () => {
    on.program('systemctl', `case $1 in start) : > '${on.root}/loaded' ;; is-enabled) [ "$3" = ufw ] ;; esac`);
    on.program('timeout', 'shift; exec "$@"');
    on.program(
      'ufw',
      `[ "$1" = status ] && { [ -e '${on.root}/loaded' ] && echo 'Status: active' || echo 'Status: inactive'; }; exit 0`,
    );
    run();
    expect(on.calls().filter((call) => call.startsWith('ufw'))).toEqual(['ufw status', ...opened(SWARM)]);
  });

  test('the overlay port is that of the file', () => {
    ufw('Status: active');
    on.run(engineHook(PLAIN_ENGINE, 7777));
    expect(on.calls().slice(1)).toEqual(opened([...SWARM.slice(0, 3), '7777 proto udp']));
  });

  test.each([
    ['that is off stays off', () => ufw('Status: inactive')],
    ['that cannot be asked is left', () => on.program('ufw', 'echo "ERROR: problem running" >&2; exit 1')],
  ])('one %s', (_, prepare) => {
    prepare();
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(on.calls()).toEqual(['ufw status']);
  });
});
