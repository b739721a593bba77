// `belt completion` in the shells themselves, at a terminal.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gate } from '../support/gate.ts';
import { type Terminal, terminal } from './terminal.ts';
import { world } from './world.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  w.write('notes', '');
  const made = await w.belt('create 512mb node[1:2] web1 --region sgp1');
  if (made.code !== 0) throw new Error(made.stderr);
});
afterAll(() => w.end());

const isInstalled = (shell: string) => spawnSync(shell.split(' ')[0]!, ['--version']).error === undefined;

const SHELLS = [
  ['bash', 'bash --norc -i', 'eval "$(belt completion bash)"'],
  // As on macOS.
  ['bash without compopt', 'bash --norc -i', 'enable -n compopt; eval "$(belt completion bash)"'],
  ['zsh', 'zsh -f -i', 'bindkey -e; autoload -Uz compinit; compinit -u -D; source <(belt completion zsh)'],
  ['fish', 'fish --no-config -i', 'belt completion fish | source'],
] as const;

describe.each(SHELLS)('%s', (shell, start, setUp) => {
  describe.skipIf(!isInstalled(shell))('completes', () => {
    let at: Terminal;
    let n = 0;
    beforeAll(async () => {
      // The history of a shell is its user's.
      at = terminal(w, start, { PS1: '@ ', HISTFILE: '', fish_history: '', ZDOTDIR: w.home }, { cols: 200 });
      at.type(`${setUp}\r`);
      at.type('echo be""gin\r');
      await at.shows(/[\r\n]begin/);
    });
    afterAll(async () => {
      at.pty.kill('SIGKILL');
      await at.ended;
    });

    /** Types words and presses Tab; at the beginning of the line, `echo` has the shell tell what they are now. */
    async function completes(words: string, to: string): Promise<void> {
      const mark = `line-${++n}`;
      at.type(`belt ${words}\t\x01echo ${mark} \r`);
      await at.shows(new RegExp(`[\\r\\n]${mark} belt ${to}\\r`));
    }

    it.each([
      ['orp', 'orphans'],
      ['swarm in', 'swarm init'],
      ['ip we', 'ip web1'],
      ['ip node1 web1 no', 'ip node1 web1 node'],
      ['exec @ma', 'exec @manager'],
      ['create --region sg', 'create --region sgp1'],
      ['create --region=sg', 'create --region=sgp1'],
      ['up --roll', 'up --rollback'],
      ['docker cp .belt.y', 'docker cp .belt.yaml'],
      ['scp .belt.y', 'scp .belt.yaml'],
      ['scp .belt.yaml we', 'scp .belt.yaml web1:'],
      ['scp note', 'scp notes'],
    ])('belt %s', completes);

    it('what was completed runs', async () => {
      at.type('belt ip we\t\r');
      await at.shows(/[\r\n]127\.1\.0\.3/);
    });

    it.skipIf(shell !== 'zsh')('patterns need no quotes', async () => {
      at.type('belt ip node[1:2]\r');
      await at.shows(/[\r\n]127\.1\.0\.1\r\n127\.1\.0\.2\r\n/);
    });
  });
});

it('asks nobody: not the API, and no person', async () => {
  const asked = await gate(w);
  const { code, stdout, stderr } = await w.belt(['__complete', '=n', 'ip'], { env: asked.env });
  asked.close();
  // Another API is another account, of which nothing is known.
  expect({ code, stdout, stderr, requests: asked.seen.length }).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
    requests: 0,
  });
  expect(await w.belt(['__complete', '=n', 'ip'])).toEqual({ code: 0, stdout: 'node1\nnode2\n', stderr: '' });
});

it('nothing is said of a configuration that is broken', async () => {
  w.write('broken/.belt.yaml', '{');
  const cwd = `${w.cwd}/broken`;
  expect(await w.belt(['__complete', '=n', 'ip'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await w.belt(['__complete', '=vers'], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^version\t/),
  });
});
