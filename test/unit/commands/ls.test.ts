import { expect, test } from 'vitest';
import type { Droplet } from '../../../src/cloud/schemas.ts';
import ls from '../../../src/commands/ls.ts';
import type { Context } from '../../../src/context.ts';
import { aDroplet } from '../cloud/things.ts';
import { anOut } from '../output/terminal.ts';

async function listed(droplets: Droplet[], options = {}, { quiet = false, json = false } = {}) {
  const { out, stdout, stderr } = await anOut({ terminal: false, quiet, json });
  const context = {
    out,
    settings: async () => ({ cluster: 'shop' }),
    cloud: async () => ({ droplets: async () => droplets }),
    state: async () => ({ readJson: () => undefined }),
    fleet: async () => ({ remember: async () => {} }),
  };
  await ls.run(context as unknown as Context, { pattern: [] }, options);
  return { stdout: stdout.written, stderr: stderr.written };
}

const HEADER = 'ID              Name    Public IPv4     Status  Tags\n';

test('a cluster without droplets says how to make some', async () => {
  expect(await listed([])).toEqual({
    stdout: HEADER,
    stderr: 'no droplets in cluster shop; create some: belt create SIZE node[1:3]\n',
  });
});

test('where names or JSON are asked for, and of an account, nothing more is said', async () => {
  expect(await listed([], {}, { quiet: true })).toEqual({ stdout: '', stderr: '' });
  expect(await listed([], {}, { json: true })).toEqual({ stdout: '[]\n', stderr: '' });
  expect(await listed([], { all: true })).toEqual({ stdout: HEADER, stderr: '' });
  expect((await listed([aDroplet({ id: 1, name: 'node1' })])).stderr).toBe('');
});
