import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { declaredCommands } from '../../../src/cli/complete/declared.ts';
import { known } from '../../../src/cli/complete/known.ts';
import { completion } from '../../../src/cli/complete/words.ts';

const KNOWN = {
  nodes: ['node1', 'node2', 'web1'],
  clusters: ['default', 'shop'],
  sizes: ['s-1vcpu-1gb', 's-2vcpu-4gb'],
  regions: ['nyc1', 'nyc3', 'sgp1'],
  images: ['debian-12-x64'],
};
const declared = await declaredCommands();

/** What the words complete to; the last of them is the current one. */
async function following(line: string): Promise<string[]> {
  const words = line.split(' ');
  const current = words.pop()!;
  const { candidates, files } = await completion({ before: words, current }, declared, async () => KNOWN);
  return [...candidates.map(({ word }) => word), ...(files ? [':files'] : [])];
}

const SELECTORS = ['@all', '@manager', '@worker'];

describe('what follows', () => {
  test.each([
    ['ss', ['ssh', 'ssh-config']],
    ['swarm ', ['init', 'join']],
    ['sandbox image ', ['build', 'ls', 'rm']],
    ['help swarm ', ['init', 'join']],
    ['help sand', ['sandbox']],
    ['--json ver', ['version']],
    ['--ho', ['--host']],
    ['--host no', ['node1', 'node2']],
    ['--host node1 doc', ['docker']],
    ['--config ', [':files']],
    ['docker ', [':files']],
    ['ip ', ['node1', 'node2', 'web1', ...SELECTORS]],
    ['ip node1 w', ['web1']],
    ['ip node1,n', ['node1,node2']],
    ['with w', ['web1']],
    ['exec @m', ['@manager']],
    ['exec node1 -- ', [':files']],
    ['exec node1 --re', ['--retry-failed']],
    ['active w', ['web1']],
    ['active web1 ', []],
    ['swarm join node1 no', ['node1', 'node2']],
    ['ssh w', ['web1']],
    ['scp app.conf w', ['web1:', ':files']],
    ['scp w', ['web1:', ':files']],
    ['scp app.conf node1,no', ['node1,node2:', ':files']],
    ['scp app.conf web1:/etc', []],
    ['scp ./a:b', [':files']],
    ['cp w', [':files']],
    ['ssh -L 80:localhost:80 w', ['web1']],
    ['ssh -i ', [':files']],
    ['ssh web1 ', []],
    ['create 5', ['512mb']],
    ['create s-2', ['s-2vcpu-4gb']],
    ['create 512mb ', []],
    ['create --region ny', ['nyc1', 'nyc3']],
    ['create --region=ny', ['--region=nyc1', '--region=nyc3']],
    ['create --image ', ['debian-12-x64']],
    ['create --user-data ', [':files']],
    ['create --region sgp1 1', ['1gb', '16gb']],
    ['create --no-', ['--no-engine', '--no-wait', '--no-keep', '--no-color']],
    ['up --replace node1 ', ['node1', 'node2', 'web1', ...SELECTORS]],
    ['up --replace node1 --pr', ['--prune']],
    ['cluster new shop --worker-size s-1', ['s-1vcpu-1gb']],
    ['cluster use s', ['shop']],
    ['completion ', ['bash', 'zsh', 'fish', 'powershell']],
    ['completion bash ', []],
    ['nonsense ', []],
    ['rm constructor', []],
    ['constructor ', []],
    ['swarm nonsense ', []],
  ])('belt %s', async (line, expected) => {
    expect(await following(line)).toEqual(expected);
  });

  test('each option of each command is offered', async () => {
    for (const [words, { options, passThrough }] of Object.entries(declared.commands)) {
      if (passThrough) continue;
      const offered = await following(`${words} -`);
      for (const { flags } of options) expect(offered).toContain(flags[0]);
      expect(offered).not.toContain('--host');
    }
  });

  test('names are asked for only where they are wanted', async () => {
    const never = () => Promise.reject(new Error('asked'));
    const { candidates } = await completion({ before: ['create'], current: '--r' }, declared, never);
    expect(candidates.map(({ word }) => word)).toEqual(['--region', '--rollback']);
  });
});

describe('a name that is more than a name to a shell is not offered', () => {
  const EVIL = [
    '$(touch /tmp/pwn)',
    '`reboot`',
    'a;b',
    'a b',
    'a&b',
    'a|b',
    'a>b',
    "a'b",
    'a"b',
    'a\\b',
    'a*',
    'a?',
    'a[1]',
    'a{b,c}',
    'a,b',
    'a!b',
    'a#b',
    '~root',
    '=ls',
    '@x',
    '%x',
    '-rf',
    '--prune',
    'a\nb',
    'a\tb',
    'a\u202eb',
    '',
  ];
  const evil = async () => ({
    nodes: [...EVIL, 'node1'],
    clusters: [...EVIL, 'shop'],
    sizes: [...EVIL, 's-1vcpu-1gb'],
    regions: [...EVIL, 'nyc1'],
    images: [...EVIL, 'debian-12-x64', '1234567'],
  });
  test.each([
    ['ip ', ['node1', ...SELECTORS]],
    ['ip node1,', ['node1,@all', 'node1,@manager', 'node1,@worker']],
    ['--host ', ['node1', ...SELECTORS]],
    ['ssh ', ['node1', ...SELECTORS]],
    ['up --replace ', ['node1', ...SELECTORS]],
    ['cluster use ', ['shop']],
    ['create --region ', ['nyc1']],
    ['create --image ', ['debian-12-x64', '1234567']],
    ['cluster new x --manager-size ', ['s-1vcpu-1gb']],
    ['create s-', ['s-1vcpu-1gb']],
    ['create --region=', ['--region=nyc1']],
  ])('belt %s', async (line, words) => {
    const before = line.split(' ');
    const current = before.pop()!;
    const { candidates } = await completion({ before, current }, declared, evil);
    expect(candidates.map(({ word }) => word)).toEqual(words);
  });
});

test('a .belt.yaml that would take seconds to read is not read at a Tab', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'belt-tab-'));
  const here = { env: { DIGITALOCEAN_ACCESS_TOKEN: 'x' }, cwd, home: cwd };
  try {
    writeFileSync(join(cwd, '.belt.yaml'), ']'.repeat(200_000));
    await expect(known(here)).rejects.toThrow('is too large');
    writeFileSync(join(cwd, '.belt.yaml'), ']'.repeat(100));
    await expect(known(here)).rejects.toThrow('.belt.yaml:1:1');
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
