// `belt scp` with OpenSSH's own SFTP server, real shells, disks and file systems.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

const BIG = 200 * 1024 * 1024;

/** Bytes without a pattern, the same every time. */
function noise(bytes: number): Buffer {
  const all = Buffer.alloc(bytes);
  for (let at = 0, block = createHash('sha512').update('belt').digest(); at < bytes; at += 64) {
    block.copy(all, at);
    if (at % 65_536 === 0) block = createHash('sha512').update(block).digest();
  }
  return all;
}

onEngines('belt scp and a real OpenSSH', () => {
  let w: World;
  const big = noise(BIG);
  const hash = createHash('sha256').update(big).digest('hex');
  beforeAll(async () => {
    w = await worldOf('node[1:3]');
    writeFileSync(join(w.cwd, 'big'), big, { mode: 0o640 });
    w.write('small', 'small\n');
  });
  afterAll(() => w?.end());

  const on = async (name: string, command: string) => (await onHost(w, name, command)).stdout;
  /** Starts to copy the big file there, and resolves when some of it has arrived: looked for on the node itself, so that it is soon. */
  const underWay = async (name: string) => {
    const arrives = onHost(w, name, 'until test -s /var/tmp/.big.belt-*; do sleep 0.02; done');
    const run = w.start(`scp big ${name}:/var/tmp/`);
    await Promise.race([arrives, run.outcome]);
    return run;
  };
  const fails = (stderr: string) => ({ code: 1, stdout: '', stderr });

  it('a big file to three nodes at once', async () => {
    expect(await w.belt('scp big node[1:3]:/srv/')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'copied to /srv on 3 nodes\n',
    });
    for (const name of ['node1', 'node2', 'node3']) {
      expect(await on(name, 'cd /srv && ls -A && stat -c %a big && sha256sum big')).toBe(`big\n640\n${hash}  big\n`);
    }
  });

  it('is interrupted by Ctrl-C, and continues', async () => {
    const run = await underWay('node1');
    run.child.kill('SIGINT');
    expect(await run.outcome).toMatchObject({ code: 130 });
    expect(await on('node1', 'ls -A /var/tmp | grep big')).toMatch(/^\.big\.belt-[0-9a-f]{8}\n$/);
    const again = await w.belt('scp big node1:/var/tmp/');
    expect([again.code, again.stderr]).toEqual([0, expect.stringMatching(/^node1 \| continued at .*\n$/)]);
    expect(await on('node1', 'cd /var/tmp && ls -A | grep big && sha256sum big')).toBe(`big\n${hash}  big\n`);
  });

  it('what is there and is not its beginning is written anew', async () => {
    const run = await underWay('node2');
    run.child.kill('SIGKILL');
    await run.outcome;
    await on('node2', 'printf X | dd of="$(echo /var/tmp/.big.belt-*)" conv=notrunc bs=1 status=none');
    expect(await w.belt('scp big node2:/var/tmp/')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(await on('node2', 'cd /var/tmp && sha256sum big')).toBe(`${hash}  big\n`);
  });

  it('a fetch that is killed continues', async () => {
    const folder = join(w.cwd, 'fetched');
    mkdirSync(folder);
    const partial = () => readdirSync(folder).find((name) => name.startsWith('.big.belt-'));
    const run = w.start('scp node3:/srv/big fetched');
    await until('it is under way', () => {
      const name = partial();
      return name !== undefined && statSync(join(folder, name)).size > 0;
    });
    run.child.kill('SIGKILL');
    await run.outcome;
    expect(readdirSync(folder)).toEqual([partial()]);
    const again = await w.belt('scp node3:/srv/big fetched');
    expect([again.code, again.stderr]).toEqual([0, expect.stringMatching(/^node3 \| continued at .*\n$/)]);
    expect(
      createHash('sha256')
        .update(readFileSync(join(folder, 'big')))
        .digest('hex'),
    ).toBe(hash);
  });

  it('names and contents of a folder, byte for byte', async () => {
    const chars = [
      ' ',
      '-',
      '\n',
      '\t',
      "'",
      '"',
      '$',
      '\\',
      '*',
      '~',
      ':',
      'a',
      'B',
      'ä',
      'a\u0308',
      '日',
      '😀',
      '\u202e',
      '\x01',
    ];
    const name = fc.array(fc.constantFrom(...chars), { minLength: 1, maxLength: 12 }).map((all) => all.join(''));
    const files = fc.dictionary(name, fc.uint8Array({ maxLength: 64 }), { minKeys: 1, maxKeys: 12 });
    await fc.assert(
      fc.asyncProperty(files, async (made) => {
        const folder = join(w.cwd, 'made');
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        for (const [each, bytes] of Object.entries(made)) writeFileSync(join(folder, each), bytes);
        await on('node1', 'rm -rf /srv/made');
        expect(await w.belt('scp made node1:/srv/')).toEqual({ code: 0, stdout: '', stderr: '' });
        const there = await on(
          'node1',
          `cd /srv/made && for f in * .[!.]*; do [ -f "$f" ] && { printf %s "$f" | od -An -v -tx1; echo =; od -An -v -tx1 < "$f"; echo /; }; done | tr -d ' \\n'`,
        );
        const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
        const wanted = Object.entries(made).map(([each, bytes]) => `${hex(Buffer.from(each))}=${hex(bytes)}`);
        expect(there.split('/').filter(Boolean).toSorted()).toEqual(wanted.toSorted());
      }),
      { seed: 20, numRuns: 8 },
    );
  });

  it('a target that is read-only, full, or not there is named, and nothing is left', async () => {
    await on(
      'node2',
      'mkdir /mnt/full /mnt/ro && mount -t tmpfs -o size=8m t /mnt/full && mount -t tmpfs -o ro t /mnt/ro',
    );
    const { code, stderr } = await w.belt('scp big node[1:2]:/mnt/full');
    expect([code, stderr]).toEqual([
      3,
      'node2 | error: /mnt/full/big: no space is left there\ncopied to /mnt/full on 1 of 2 nodes, failed: node2\n',
    ]);
    expect(await on('node2', 'ls -A /mnt/full')).toBe('');
    expect(await w.belt('scp small node2:/mnt/ro/')).toEqual(
      fails('node2 | error: /mnt/ro/small: its file system is read-only\n'),
    );
    expect(await w.belt('scp small node2:/no/such/x')).toEqual(
      fails('node2 | error: /no/such/x: there is no folder /no/such/\n'),
    );
  });

  it('a folder is as here, also after a Ctrl-C and the same command again', async () => {
    w.write('tree/inner/small', 'small\n');
    cpSync(join(w.cwd, 'big'), join(w.cwd, 'tree/inner/big'));
    chmodSync(join(w.cwd, 'tree/inner'), 0o2775);
    for (const name of ['tree/inner', 'tree']) utimesSync(join(w.cwd, name), 1_500_000_000, 1_500_000_000);
    const arrives = onHost(w, 'node1', 'until test -s /opt/tree/inner/.big.belt-*; do sleep 0.02; done');
    const run = w.start('scp tree node1:/opt/');
    await Promise.race([arrives, run.outcome]);
    run.child.kill('SIGINT');
    expect(await run.outcome).toMatchObject({ code: 130 });
    const looks = 'cd /opt && stat -c "%a %n" tree tree/inner';
    expect(await on('node1', looks)).toBe('755 tree\n2775 tree/inner\n');
    expect((await w.belt('scp tree node1:/opt/')).code).toBe(0);
    expect(await on('node1', `${looks} && stat -c %Y tree tree/inner && ls -A tree/inner`)).toBe(
      '755 tree\n2775 tree/inner\n1500000000\n1500000000\nbig\nsmall\n',
    );
    expect(await w.belt('scp --json tree node1:/opt/')).toMatchObject({
      stdout: expect.stringContaining('"unchanged":2'),
    });
  });

  it('what arrives differently gets no name, and nothing is left', async () => {
    const zeros = `#!/bin/sh\nshift; for f; do echo "${'0'.repeat(64)}  $f"; done\n`;
    const program = '/usr/local/bin/sha256sum';
    await on('node1', `mkdir /srv/sums && printf %s '${zeros}' > ${program} && chmod +x ${program}`);
    expect(await w.belt('scp small node1:/srv/sums/')).toEqual(
      fails(
        'node1 | error: /srv/sums/small: what arrived differs from what was sent\n' +
          'node1 | hint: nothing was put in its place; run the same command again\n',
      ),
    );
    expect(await on('node1', `rm ${program} && ls -A /srv/sums`)).toBe('');
  });

  it('a link that is there stays one, and another’s temporary file is not written to', async () => {
    await on('node1', 'mkdir /srv/l && echo old > /srv/real && ln -s /srv/real /srv/l/small');
    done(await w.belt('scp small node1:/srv/l/'));
    expect(await on('node1', 'readlink /srv/l/small && cat /srv/real')).toBe('/srv/real\nsmall\n');
  });

  it('a node without SFTP says what helps', async () => {
    await on('node3', "sed -i '/^Subsystem/d' /etc/ssh/sshd_config && systemctl reload ssh");
    const { code, stderr } = await w.belt('scp small node3:/tmp/');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^node3 \| error: node3: it refuses SFTP.*\nnode3 \| hint: have its sshd_config say: Subsystem sftp internal-sftp;/,
    );
  });
});
