// What real machines make belt wait for: an sshd that is late, an apt that is busy, an sshd that punishes failed logins.
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newKeyPair } from '../../../src/new-key.ts';
import { info, lines, onHost } from '../../support/probe.ts';
import type { Outcome, World } from '../world.ts';
import { done, droplet } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

/** cloud-init's first stages come before sshd. */
const LATE_SSHD = `#cloud-config
bootcmd: [[sleep, '20']]
`;
/** Another apt that has the lock, as unattended-upgrades on a new droplet, before belt's can, until belt's has waited for it. */
const BUSY_APT = `#cloud-config
bootcmd:
  - [systemd-run, --no-block, --property=DefaultDependencies=no, --unit=busy-apt, apt-get, -y, -o, 'DPkg::Pre-Invoke::=touch /run/busy-apt; for n in $(seq 240); do grep -q "Waiting for cache lock" /var/log/cloud-init-output.log && break; sleep 0.5; done; sleep 3', remove, less]
  - [timeout, '60', sh, -c, 'until [ -e /run/busy-apt ]; do sleep 0.2; done']
`;

const PATIENCE = { timeoutMs: 480_000 };

/** As ssh2 says it. */
const REJECTED = 'All configured authentication methods failed';

onEngines('belt waits', () => {
  let w: World;
  let late: Outcome;
  let busy: Outcome;
  beforeAll(async () => {
    w = await engineWorld();
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: 18153887}\ncluster: {engine: {plugins: []}}\n');
    w.write('late.yaml', LATE_SSHD);
    w.write('busy.yaml', BUSY_APT);
    [late, busy] = await Promise.all([
      w.belt('create 512mb late1 --user-data late.yaml', PATIENCE),
      w.belt('create 512mb busy1 --user-data busy.yaml --image debian-13-x64', PATIENCE),
    ]);
  });
  afterAll(() => w?.end());

  it('for an sshd that starts 20 s late: with few connections and few words', async () => {
    expect(late.code, late.stderr).toBe(0);
    const { sshAt } = (await droplet(w, 'late1')).timeline;
    expect(sshAt).toBeGreaterThan(20_000);
    const told = late.stderr
      .split('\n')
      .filter((line) => !/^(late1: |\d of 1 ready|waiting for `belt create`|$)/.test(line));
    expect(told).toEqual([]);
    const counted = "iptables -L ufw-user-input -vnx | awk '/dpt:22/ {print $1}'";
    // A boot that takes longer on a busy machine is looked at more often: one more in three seconds.
    const most = 14 + Math.max(0, (sshAt! - 22_000) / 3_000);
    expect(Number((await onHost(w, 'late1', counted)).stdout)).toBeLessThanOrEqual(most);
  });

  it("for another apt's lock, and then installs Docker", async () => {
    const log = busy.code === 0 ? '' : (await onHost(w, 'busy1', 'tail -n 30 /var/log/cloud-init-output.log')).stdout;
    expect(busy.code, busy.stderr + log).toBe(0);
    expect((await onHost(w, 'busy1', 'grep -c "Waiting for cache lock" /var/log/cloud-init-output.log')).code).toBe(0);
    expect((await onHost(w, 'busy1', 'docker version --format "{{.Server.Os}}"; command -v less')).stdout).toBe(
      'linux\n',
    );
  });

  /** A login with a key that the host does not know, as many clients do with all keys of an agent. */
  const wrongLogin = async (host: string): Promise<string> => {
    const { privateKey } = newKeyPair();
    const client = new ssh2.Client();
    return new Promise((resolve) => {
      client.on('error', (error) => resolve(error.message));
      client.connect({ host, port: info(w).sshPort, username: 'root', privateKey });
    });
  };

  /** Logins that were tried and failed, as sshd counts them. */
  const failed = async (): Promise<number> =>
    Number((await onHost(w, 'late1', 'journalctl -b -u ssh | grep -c "\\[preauth\\]"')).stdout);

  it('for an sshd that punishes failed logins: it says so, and gets in', async () => {
    const first = await failed();
    const { publicAddress } = await droplet(w, 'late1');
    while ((await wrongLogin(publicAddress!)) === REJECTED);
    const words =
      'its sshd turns connections away for now, as it does after failed logins from here and while too many log in';
    expect(await w.belt('exec late1 -- hostname')).toEqual({
      code: 0,
      stdout: 'late1 | late1\n',
      stderr: lines(`late1 (${publicAddress}): ${words}: waiting`),
    });
    const before = await failed();
    expect(before).toBeGreaterThan(first);
    for (let n = 0; n < 3; n++) done(await w.belt('exec late1 -- true'));
    // Belt's own logins add nothing for which sshd would punish it again.
    expect(await failed()).toBe(before);
  });
});
