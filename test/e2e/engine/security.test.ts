// A cluster from its file on real engines, as somebody sees it who should not get in: its ports, its host keys, its secrets.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { info, onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { answersSsh, done, droplet, knock, NO_OWN_FIREWALL } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const KEY = '/etc/ssh/ssh_host_ed25519_key';
const LONG = { timeoutMs: 240_000 };

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** The command line of every process here, those on droplets too: they share the kernel. */
function processList(): string {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
  return [...new Set(lines)].join('\n');
}

onEngines('a cluster from its file', () => {
  let w: World;
  let said = '';
  const seen = new Set<string>();
  beforeAll(async () => {
    w = await engineWorld();
    w.write(
      '.belt.yaml',
      `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]"}
  firewall: {open: [80, 8000-8002]}
`,
    );
    const watch = setInterval(() => seen.add(processList()), 50);
    const outcome = await w.belt('up --yes --trace --debug', LONG).finally(() => clearInterval(watch));
    done(outcome);
    said = outcome.stdout + outcome.stderr;
  });
  afterAll(() => w?.end());

  it('answers the world on SSH and on what the file opens, and on nothing else', async () => {
    for (const name of ['m1', 'w1', 'w2']) {
      const { publicAddress } = await droplet(w, name);
      await onHost(w, name, NO_OWN_FIREWALL);
      const ports = [22, 80, 8001, 2377, 7946, 4789, 8003, 2375];
      const answers = await Promise.all(ports.map((port) => knock(publicAddress, port)));
      expect(Object.fromEntries(ports.map((port, n) => [port, answers[n]]))).toEqual({
        22: 'open',
        // Nobody listens there: the droplet itself says so.
        80: 'refused',
        8001: 'refused',
        2377: 'silence',
        7946: 'silence',
        4789: 'silence',
        8003: 'silence',
        2375: 'silence',
      });
    }
  });

  it('a published port is shut until belt firewall opens it, and again when it closes it', async () => {
    const { publicAddress } = await droplet(w, 'w1');
    const published = await w.belt(
      `--host m1 docker service create -d --name web --no-resolve-image --endpoint-mode dnsrr --constraint node.hostname==w1 --publish mode=host,published=8090,target=80 nginx`,
    );
    expect({ code: published.code, advice: published.stderr.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      advice: '8090/tcp is closed in the firewall belt-shop; to open: belt firewall open 8090',
    });
    const inside = () => onHost(w, 'w1', "bash -c ': < /dev/tcp/127.0.0.1/8090'");
    await until('the service is up', async () => (await inside()).code === 0);
    expect(await knock(publicAddress, 8090)).toBe('silence');
    expect((await w.belt('firewall open 8090')).stdout).toBe('8090/tcp: open\n');
    await until('it is open', async () => (await knock(publicAddress, 8090)) === 'open');
    expect((await fetch(`http://${publicAddress}:8090/`)).status).toBe(200);
    expect((await w.belt('firewall close 8090')).stdout).toBe('8090/tcp: closed\n');
    await until('it is shut', async () => (await knock(publicAddress, 8090)) === 'silence');
  });

  it('allow-ssh knows what address this machine comes from, and asks before it shuts it out', async () => {
    const { code, stderr } = await w.belt('firewall allow-ssh 203.0.113.0/24');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /^error: allow-ssh asks before it locks out this machine \(198\.1[89]\.\d+\.\d+\), /,
      ),
    });
  });

  it('shows no secret: not in what belt prints, not in a process list, not in a file that others can read', async () => {
    const tokens = await Promise.all(
      ['worker', 'manager'].map(async (role) =>
        (await w.belt(`--host m1 docker swarm join-token -q ${role}`)).stdout.trim(),
      ),
    );
    const own = (await onHost(w, 'm1', `cat ${KEY}`)).stdout;
    const bodyOf = (pem: string) => pem.split('\n')[3]!;
    const userKey = readFileSync(info(w).sshKeyPath, 'utf8');
    const secrets = [w.env['DIGITALOCEAN_ACCESS_TOKEN']!, ...tokens, bodyOf(own), bodyOf(userKey)];
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(20);
    const kept = filesBelow(w.env['BELT_STATE_DIR']!).map((path) => ({
      path,
      mode: statSync(path).mode & 0o077,
      text: readFileSync(path, 'latin1'),
    }));
    expect(kept.length).toBeGreaterThan(1);
    for (const { path, mode, text } of kept) {
      expect({ path, mode }).toEqual({ path, mode: 0 });
      for (const secret of secrets) expect({ path, found: text.includes(secret) }).toEqual({ path, found: false });
    }
    const lists = [...seen].join('\n');
    expect(lists).toContain('up --yes --trace --debug');
    for (const secret of secrets) {
      expect(said.includes(secret)).toBe(false);
      expect(lists.includes(secret)).toBe(false);
    }
  });
});

onEngines('a host key', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
  });
  afterAll(() => w?.end());

  const HERE = ['docker', 'version', '--format', 'here'];
  const belt = (name: string) => w.belt(['--host', name, ...HERE]);
  /** Has the host show the key that is in a file of it. */
  const show = async (name: string, path: string) => {
    await onHost(w, name, `cp ${path} ${KEY} && systemctl reload ssh`);
    // sshd starts anew to read it.
    await answersSsh(w, name);
    const half = (await onHost(w, name, `ssh-keygen -y -f ${path}`)).stdout.split(' ').slice(0, 2).join(' ');
    await until('sshd shows it', async () => {
      const { publicAddress } = await droplet(w, name);
      const scan = `ssh-keyscan -t ed25519 ${publicAddress} 2> /dev/null`;
      return (await w.shell(scan)).stdout.includes(half);
    });
  };

  it('that came with the user data no longer works after the first login', async () => {
    done(await w.belt('create 512mb node1 --no-wait', LONG));
    await answersSsh(w, 'node1');
    await onHost(w, 'node1', `cp ${KEY} /root/injected`);
    expect(await belt('node1')).toMatchObject({ code: 0, stdout: 'here\n' });
    await onHost(w, 'node1', `cp ${KEY} /root/own`);
    await show('node1', '/root/injected');
    const { code, stdout, stderr } = await belt('node1');
    expect({ code, stdout }).toEqual({ code: 255, stdout: '' });
    expect(stderr).toContain('its host key does not match the pinned one');
    await show('node1', '/root/own');
    expect(await belt('node1')).toMatchObject({ code: 0, stdout: 'here\n' });
  });

  it('of somebody else is refused on the very first contact, before anything is sent', async () => {
    done(await w.belt('create 512mb node2 --no-wait', LONG));
    await answersSsh(w, 'node2');
    await onHost(w, 'node2', "ssh-keygen -q -t ed25519 -N '' -f /root/other");
    await show('node2', '/root/other');
    const { code, stdout, stderr } = await belt('node2');
    expect({ code, stdout }).toEqual({ code: 255, stdout: '' });
    expect(stderr).toContain('its host key does not match the pinned one');
    const waited = await w.belt('create 512mb node2 --missing --timeout 20', LONG);
    expect(waited.code).toBe(3);
  });
});
