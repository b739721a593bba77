import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONFIGURE } from '../../../../src/cloud/engine/daemon.ts';
import { prepareScript } from '../../../../src/cloud/engine/prepare.ts';
import type { Swap } from '../../../../src/config/cluster/types.ts';
import { type Droplet, droplet } from './shell.ts';

const FILE = 'swapfile';
const NO_SWAP = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
/** What the kernel of a droplet tells of its memory, KiB. */
const MEMORY = { '512mb': 468_000, '1gb': 983_000, '2gb': 2_014_000 };

let on: Droplet;
beforeEach(() => {
  on = droplet();
  on.write(CONFIGURE.slice(1), '');
  on.write('etc/fstab', 'LABEL=root / ext4 defaults 0 1\n');
  memory(MEMORY['1gb']);
  on.write('proc/swaps', NO_SWAP);
  disk(8_000_000);
  on.program('systemd-detect-virt', 'exit 1');
  on.program('fallocate', 'echo swap > "$3"');
  for (const name of ['mkswap', 'swapon', 'swapoff']) on.program(name);
});
afterEach(() => on.end());

const memory = (kib: number) => on.write('proc/meminfo', `MemTotal:      ${kib} kB\nMemFree:        4000 kB\n`);
const disk = (kib: number) => on.program('df', `echo Filesystem; echo '/dev/vda1 25000000 1000 ${kib} 1% /'`);
const run = (swap?: Swap) => on.run(prepareScript(swap));
const made = (size: number) => [
  'systemd-detect-virt -c -q',
  'df -Pk /',
  `fallocate -l ${size}M ${on.root}/${FILE}`,
  `mkswap ${on.root}/${FILE}`,
  `swapon ${on.root}/${FILE}`,
];
const QUIET = { status: 0, stdout: '', stderr: '' };

describe('swap', () => {
  test.each(['512mb', '1gb'] as const)('1 GiB on a droplet of %s, now and at every boot', (size) => {
    memory(MEMORY[size]);
    expect(run()).toEqual(QUIET);
    expect(on.calls()).toEqual(made(1024));
    expect(on.read('etc/fstab')).toBe(`LABEL=root / ext4 defaults 0 1\n${on.root}/${FILE} none swap sw 0 0\n`);
  });

  test('none on a droplet of 2gb, unless the file says how large', () => {
    memory(MEMORY['2gb']);
    expect(run()).toEqual(QUIET);
    expect(on.calls()).toEqual([]);
    expect(run(2048)).toEqual(QUIET);
    expect(on.calls()).toEqual(made(2048));
  });

  test('none where the file says so', () => {
    expect(run(false)).toEqual(QUIET);
    expect(on.calls()).toEqual([]);
  });

  test.each([
    ['that has some', () => on.write('proc/swaps', `${NO_SWAP}/dev/vda2 partition 1048572 0 -2\n`)],
    ['that has the file', () => on.write(FILE, 'mine')],
    ["that is a container, whose memory is its machine's", () => on.program('systemd-detect-virt', 'exit 0')],
  ])('none more on a droplet %s', (_, prepare) => {
    prepare();
    expect(run()).toEqual(QUIET);
    expect(on.calls().filter((call) => !/^systemd-detect-virt/.test(call))).toEqual([]);
  });

  test('on a disk that cannot allocate it is written', () => {
    on.program('fallocate', 'exit 1');
    on.program('dd', `for word in "$@"; do case $word in of=*) echo swap > "\${word#of=}" ;; esac; done`);
    expect(run()).toEqual(QUIET);
    expect(on.calls()[3]).toBe(`dd if=/dev/zero of=${on.root}/${FILE} bs=1M count=1024`);
  });

  test.each([
    ['there is no room', () => disk(2_000_000), 'belt: not enough disk space for 1024 MiB of swap\n'],
    ['the kernel refuses it', () => on.program('swapon', 'exit 255'), 'belt: could not create the swap file\n'],
  ])('where %s that is told, and nothing to clean up', (_, breaks, stderr) => {
    breaks();
    expect(run()).toEqual({ status: 1, stdout: '', stderr });
    expect(() => on.read(FILE)).toThrow('ENOENT');
    expect(on.read('etc/fstab')).toBe('LABEL=root / ext4 defaults 0 1\n');
  });
});

test.each([0, 1])('the engine is configured once more; its exit code %i is told', (code) => {
  on.write(CONFIGURE.slice(1), `echo configured; exit ${code}`);
  expect(run(false)).toEqual({ status: code, stdout: 'configured\n', stderr: '' });
});
