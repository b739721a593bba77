// A droplet's first host key came with its user data: it makes one of its own at the first login, and only that counts.
import { readFileSync, writeFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { info, onHost, stateFile } from '../support/probe.ts';

let w: World;
beforeAll(async () => {
  w = world();
  await w.sandbox();
});
afterAll(() => w.end());

const file = () => stateFile(w, 'known_hosts');
const KEY = '/etc/ssh/ssh_host_ed25519_key';
const NEXT = `${KEY}.belt`;
const HERE = ['docker', 'version', '--format', 'here'];

/** The lines of known_hosts for a droplet, without its names. */
async function pins(name: string): Promise<string[]> {
  const { id } = (await w.status()).droplets.find((droplet) => droplet.name === name)!;
  return readFileSync(file(), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`belt-${id},`) || line.startsWith(`belt-${id} `))
    .map((line) => line.replace(/^\S+ /, ''));
}

/** The key that a droplet shows to whoever comes, as a line. */
async function shown(name: string): Promise<string> {
  const host = (await w.status()).droplets.find((droplet) => droplet.name === name)!.publicAddress;
  return await new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    client.connect({
      host,
      port: info(w).sshPort,
      username: 'root',
      hostVerifier: (key: Buffer) => {
        resolve(`ssh-ed25519 ${key.toString('base64')}`);
        client.destroy();
        return false;
      },
    });
  });
}

const publicHalf = async (name: string, path: string): Promise<string> =>
  (await onHost(w, name, `ssh-keygen -y -f ${path}`)).stdout.trim().split(' ').slice(0, 2).join(' ');

async function made(name: string): Promise<string> {
  expect((await w.belt(`create 512mb ${name} --no-wait`)).code).toBe(0);
  const [line = '', ...others] = await pins(name);
  expect(others).toEqual([]);
  expect(line).toMatch(/ interim$/);
  await expect.poll(() => onHost(w, name, 'true').catch(() => undefined)).toBeTruthy();
  const given = line.replace(/ interim$/, '');
  expect(await shown(name)).toBe(given);
  return given;
}

describe('the host key of the user data', () => {
  it('is replaced while create waits: the droplets of a run share none', async () => {
    expect(await w.belt('create 512mb node[1:3]')).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('keeps'),
    });
    const keys = await Promise.all(['node1', 'node2', 'node3'].map(pins));
    expect(new Set(keys.flat()).size).toBe(3);
    for (const [n, [key, ...others]] of keys.entries()) {
      expect(others).toEqual([]);
      expect(await shown(`node${n + 1}`)).toBe(key);
    }
  });

  it('is replaced by the first command that logs in, where nobody waited', async () => {
    const given = await made('late1');
    expect(await w.belt(['--host', 'late1', ...HERE])).toMatchObject({ code: 0, stdout: 'here\n' });
    const [own = '', ...others] = await pins('late1');
    expect(others).toEqual([]);
    expect(own).not.toContain('interim');
    expect(own).not.toBe(given);
    expect(await shown('late1')).toBe(own);
  });
});

describe('a run that was cut off', () => {
  const both = async (name: string, given: string, next: string) => {
    const text = readFileSync(file(), 'utf8');
    const names = text
      .split('\n')
      .find((line) => line.endsWith(`${given} interim`))!
      .split(' ')[0]!;
    writeFileSync(file(), `${text}${names} ${next}\n`);
    expect(await pins(name)).toEqual([`${given} interim`, next]);
  };
  const settled = async (name: string, own: string) => {
    expect(await w.belt(['--host', name, ...HERE])).toMatchObject({ code: 0, stdout: 'here\n' });
    expect(await pins(name)).toEqual([own]);
    expect(await shown(name)).toBe(own);
    expect((await onHost(w, name, `cat ${NEXT}`)).code).toBe(1);
  };

  it('after the host made its key', async () => {
    await made('cut1');
    await onHost(w, 'cut1', `ssh-keygen -q -t ed25519 -N '' -f ${NEXT}`);
    await settled('cut1', await publicHalf('cut1', NEXT));
  });

  it('after both were pinned', async () => {
    const given = await made('cut2');
    await onHost(w, 'cut2', `ssh-keygen -q -t ed25519 -N '' -f ${NEXT}`);
    await both('cut2', given, await publicHalf('cut2', NEXT));
    await settled('cut2', await publicHalf('cut2', NEXT));
  });

  it('after the key took its place and before sshd knew', async () => {
    const given = await made('cut3');
    await onHost(w, 'cut3', `ssh-keygen -q -t ed25519 -N '' -f ${NEXT}`);
    const next = await publicHalf('cut3', NEXT);
    await both('cut3', given, next);
    await onHost(w, 'cut3', `mv ${NEXT} ${KEY}`);
    await settled('cut3', next);
  });

  it('after sshd showed the new one', async () => {
    const given = await made('cut4');
    await onHost(w, 'cut4', `ssh-keygen -q -t ed25519 -N '' -f ${NEXT}`);
    const next = await publicHalf('cut4', NEXT);
    await both('cut4', given, next);
    await onHost(w, 'cut4', `mv ${NEXT} ${KEY}`);
    await onHost(w, 'cut4', 'systemctl reload ssh');
    expect(await shown('cut4')).toBe(next);
    await settled('cut4', next);
  });
});

describe('a host that cannot make a key', () => {
  it('is used by the one that it has, and create says so', async () => {
    const given = await made('bare1');
    await onHost(w, 'bare1', `rm -f ${KEY}`);
    expect(await w.belt(['--host', 'bare1', ...HERE])).toMatchObject({ code: 0, stdout: 'here\n', stderr: '' });
    expect(await w.belt('create 512mb bare1 --missing')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        `warning: bare1 keeps the host key of its user data: \`ssh-keygen -y -f ${KEY}\` failed: ${KEY}: No such file or directory`,
      ),
    });
    expect(await pins('bare1')).toEqual([`${given} interim`]);
  });
});
