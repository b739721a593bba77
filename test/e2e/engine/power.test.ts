// What happens to a droplet's disk and system when it is rebooted, rebuilt and deleted; and to everything when the sandbox is killed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, info, onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { disks, engineWorld, groupsOf, left, onEngines, type Traces, traces } from './engine.ts';

onEngines('a droplet that is a machine of its own', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    w.write(
      'user-data.yaml',
      `#cloud-config
write_files:
  - path: /usr/share/made/by-cloud-init
    permissions: '0640'
    content: written
runcmd:
  - echo "$(hostname) $(docker version --format '{{.Server.Os}}')" > /root/ran
  - [touch, '/root/with space']
`,
    );
    expect(await w.belt('create 512mb node1 --no-engine --user-data user-data.yaml')).toMatchObject({ code: 0 });
  });
  afterAll(() => w?.end());

  const on = async (command: string) => {
    const { code, stdout } = await onHost(w, 'node1', command);
    return code === 0 ? stdout : `${stdout}[${code}]`;
  };
  const id = async () => (await w.status()).droplets[0]!.id;
  const act = async (type: string, more = {}) => {
    const { action } = (await api(w, 'POST', `/v2/droplets/${await id()}/actions`, { type, ...more })) as {
      action: { id: number };
    };
    await until(`${type} is done`, async () => {
      const now = (await api(w, 'GET', `/v2/actions/${action.id}`)) as { action: { status: string } };
      return now.action.status === 'completed';
    });
  };
  const status = async () => (await w.status()).droplets[0]!.status;
  const up = () =>
    until('the engine answers', async () => (await w.status()).droplets[0]!.timeline.engineAt !== undefined);
  /** Says which boot of the droplet this is. */
  const boot = () => on('cut -d" " -f22 /proc/1/stat');

  /** A system that is ending may cut its answer short. */
  const isAnother = async (before: string) => {
    const now = await boot().catch(() => before);
    return /^\d+\n$/.test(now) && now !== before;
  };

  it('did what its user data asked', async () => {
    expect(await on('cloud-init status --long')).toContain('status: done\n');
    expect(await on('stat -c %a /usr/share/made/by-cloud-init; cat /usr/share/made/by-cloud-init')).toBe(
      '640\nwritten',
    );
    expect(await on('cat /root/ran; ls /root')).toBe('node1 linux\nran\nwith space\n');
  });

  it("sees nothing of the machine's own files", async () => {
    expect(
      await on(`ls -A ${[w.home, '/work', '/home', '/usr/local/bin'].join(' ')} 2>/dev/null | grep -v :$ | sort -u`),
    ).not.toMatch(/\w/);
    expect(await on('ls /etc/ssh/*_key')).toBe('/etc/ssh/ssh_host_ed25519_key\n');
    expect(await on("awk -F: '$3 >= 1000 && $3 < 65534' /etc/passwd")).toBe('');
    // Nobody has a password.
    expect(await on("cut -d: -f2 /etc/shadow | grep -v '^[!*]*$'")).toBe('[1]');
  });

  it('keeps its disk and its images over a reboot, by an action and from within', async () => {
    expect(await on('echo kept > /root/kept; docker tag nginx mine')).toBe('');
    for (const restart of [() => act('reboot'), () => act('power_cycle'), () => on('reboot').catch(() => '')]) {
      const before = await boot();
      await restart();
      await until('it is another boot', () => isAnother(before));
      await up();
      expect(await on('cat /root/kept; docker images -q mine | wc -l; cloud-init status --wait | tail -1')).toBe(
        'kept\n1\nstatus: done\n',
      );
    }
  });

  it('is off when it is powered off, by an action and from within', async () => {
    await act('power_off');
    const made = await traces(w);
    expect(await status()).toBe('off');
    await until('its processes are gone', () => groupsOf(made).length === 0);
    await act('power_on');
    await up();
    await on('poweroff').catch(() => '');
    await until('it is off', async () => (await status()) === 'off');
    await act('power_on');
    await up();
    await act('shutdown');
    await until('its processes are gone', () => groupsOf(made).length === 0);
    await act('power_on');
    await up();
    expect(await on('cat /root/kept')).toBe('kept\n');
  });

  it('is as new after a rebuild, from the image that was named', async () => {
    await act('rebuild', { image: 'ubuntu-24-04-x64' });
    await until('it answers', () =>
      on('true').then(
        (said) => said === '',
        () => false,
      ),
    );
    // It answers before all of its user data ran.
    await on('cloud-init status --wait');
    expect(await on('ls /root; command -v docker dockerd containerd; ls /run/docker.sock 2>/dev/null')).toMatch(
      /^ran\nwith space\n\[\d+\]$/,
    );
  });

  it('has the packages of its distribution on a plain image, and says which there are not', async () => {
    expect(
      await on('apt-get update >/dev/null && apt-get install -y --dry-run docker.io | grep "^Inst docker.io"'),
    ).toMatch(/^Inst docker\.io /);
    expect(await on('apt-get install -y no-such-package 2>&1 | tail -n 1')).toBe(
      'E: Unable to locate package no-such-package\n',
    );
  });

  it('leaves nothing when it is deleted', async () => {
    const made = await traces(w);
    expect(disks(made)).toEqual([String(await id())]);
    await w.belt('rm -y --any node1');
    await until('its disk is gone', () => disks(made).length === 0);
    expect(groupsOf(made)).toEqual([]);
  });
});

onEngines('a sandbox that ends', () => {
  let w: World;
  let made: Traces;
  const start = async () => {
    w = await engineWorld();
    expect(await w.belt('create 512mb node1')).toMatchObject({ code: 0 });
    made = await traces(w);
    expect(left(made).length).toBeGreaterThan(2);
  };
  afterAll(() => w?.end());

  it('leaves nothing when it is stopped', async () => {
    await start();
    expect(await w.belt('sandbox stop')).toMatchObject({ code: 0 });
    expect(left(made)).toEqual([]);
    await w.end();
  });

  it('killed, takes its processes and cables with it; belt sandbox clean takes the rest', async () => {
    await start();
    process.kill(info(w).pid, 'SIGKILL');
    await until('processes and cables are gone', () => left(made).every((trace) => !/^process|^\d+:/.test(trace)));
    expect(await w.belt('sandbox clean')).toMatchObject({
      code: 0,
      stdout: 'sandbox "default": leftovers removed\n',
    });
    expect(left(made)).toEqual([]);
    expect(await w.belt('sandbox clean')).toMatchObject({ code: 0, stdout: 'nothing to clean up\n' });
    await w.end();
  });

  it('killed, gives way to the next one', async () => {
    await start();
    process.kill(info(w).pid, 'SIGKILL');
    await w.sandbox('--hosts engine --boot-seconds 0 --api-latency 0');
    expect(left(made).filter((trace) => /^process|^\/sys/.test(trace))).toEqual([]);
    expect(await w.belt('create 512mb node1')).toMatchObject({ code: 0 });
  });
});
