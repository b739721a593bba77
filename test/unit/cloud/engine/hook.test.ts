import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { daemonConfig, engineHook } from '../../../../src/cloud/engine/hook.ts';
import { type EngineSpec, PLAIN_ENGINE } from '../../../../src/config/cluster/types.ts';
import { type Droplet, droplet } from './shell.ts';

const CONFIG = 'etc/docker/daemon.json';
const ON_VPC = { 'swarm-default-advertise-addr': 'eth1' };
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
  test('a swarm talks over the VPC by default', () => {
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(config()).toEqual(ON_VPC);
  });

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
    const own = '{"swarm-default-advertise-addr":"ens9"}';
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
    expect(stderr).toContain(`belt: ${on.root}/${CONFIG} is left as it is`);
    expect(on.read(CONFIG)).toBe('{"debug": ');
  });

  test('what is changed on the droplet later stays, at every boot', () => {
    run({ logDriver: 'local' });
    on.write(CONFIG, '{}');
    expect(run({ logDriver: 'local' }).status).toBe(0);
    expect(on.read(CONFIG)).toBe('{}');
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
    expect(run().stderr).toBe('belt: the metadata service could not be shut to containers\n');
    expect(config()).toEqual(ON_VPC);
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
    expect(config()).toEqual(ON_VPC);
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
