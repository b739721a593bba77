// What belt does for a person at a terminal: questions, colour, progress, and docker with a terminal of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { info, names, processes, stateFile, until } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { type World, world } from './world.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3]');
  if (made.code !== 0) throw new Error(made.stderr);
  await w.belt('active node1');
});
afterAll(() => w.end());

const COLOUR = /\x1b\[\d+m/;

describe('belt docker', () => {
  it('prints lines as ssh does: one return before each newline', async () => {
    const at = terminal(w, 'belt docker version --format "a\nb"');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toBe('a\r\nb\r\n');
  });

  it('leaves the terminal as it was', async () => {
    const at = terminal(w, 'stty -a > before; belt docker version; stty -a > after');
    expect(await at.ended).toBe(0);
    expect(readFileSync(join(w.cwd, 'after'), 'utf8')).toBe(readFileSync(join(w.cwd, 'before'), 'utf8'));
  });

  it('^C is a key that docker gets: it ends there, and belt with its code', async () => {
    const at = terminal(w, 'belt docker events --filter label=keys');
    const runs = async () => (await processes(w, 'node1')).some((line) => line.includes('label=keys'));
    await until('docker runs', runs);
    at.type('\x03');
    expect(await at.ended).toBe(130);
    expect(at.screen()).toBe('^C');
    expect(await runs()).toBe(false);
  });
});

describe('the terminal', () => {
  const sizes: string[] = [];
  /** Of each `docker version`, whether it had a terminal. */
  const terminals: boolean[] = [];
  const killed: string[] = [];
  let end = (_code: number) => {};
  let server: ssh2.Server;
  let env: Record<string, string>;

  beforeAll(async () => {
    // A host that tells what it hears of its terminal; belt knows it from its cache and by its pinned key.
    const hostKey = readFileSync(info(w).sshKeyPath, 'utf8');
    server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
      client.on('error', () => {});
      client.on('authentication', (context) => context.accept());
      client.on('session', (accept) => {
        const session = accept();
        const note = (size: { rows: number; cols: number }) => sizes.push(`${size.rows} ${size.cols}`);
        let hasTerminal = false;
        session.on('pty', (accepted, _rejected, size) => {
          hasTerminal = true;
          note(size);
          accepted();
        });
        session.on('window-change', (accepted, _rejected, size) => {
          note(size);
          accepted?.();
        });
        session.on('exec', (accepted, _rejected, info) => {
          const channel = accepted();
          const [, signal] = /^kill -(\w+) 77$/.exec(info.command) ?? [];
          if (signal) {
            killed.push(signal);
            channel.exit(0);
            channel.end();
            if (signal === 'TERM') end(143);
            return;
          }
          if (info.command.endsWith(' version')) {
            terminals.push(hasTerminal);
            (hasTerminal ? channel : channel.stderr).write('77\n');
            channel.exit(0);
            channel.end();
            return;
          }
          // The id of the process that waits, as the shell tells it.
          channel.write('77\r\nready\r\n');
          end = (code) => {
            channel.exit(code);
            channel.end();
          };
          channel.on('data', () => end(7));
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as { port: number }).port;
    const folder = join(w.home, 'lab');
    // Which account it is, so that there is a place for what is known of it.
    await w.belt('ls', { env: { BELT_STATE_DIR: folder } });
    const key = readFileSync(`${info(w).sshKeyPath}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    writeFileSync(stateFile(w, 'known_hosts', folder), `belt-1 ${key}\n`);
    const node = { id: 1, name: 'lab1', publicAddress: '127.0.0.1', privateAddress: '10.0.0.1', tags: [] };
    writeFileSync(stateFile(w, 'nodes-default.json', folder), JSON.stringify([node]));
    env = { BELT_STATE_DIR: folder, DIGITALOCEAN_SSH_PORT: String(port) };
  });
  afterAll(() => server.close());

  it('is there where both ends are terminals, and only there', async () => {
    const lines = [
      'belt --host lab1 docker version',
      'belt --host lab1 docker version > out',
      'belt --host lab1 docker version | cat',
    ];
    for (const line of lines) expect(await terminal(w, line, env).ended).toBe(0);
    expect(terminals).toEqual([true, false, false]);
    sizes.length = 0;
  });

  it("'s size reaches the host, and so does every change of it", async () => {
    const at = terminal(w, 'belt --host lab1 docker attach it', env);
    await at.shows('ready');
    expect(sizes).toEqual(['24 80']);
    at.pty.resize(100, 30);
    await until('the host hears of it', () => sizes.length === 2);
    at.pty.resize(132, 43);
    await until('the host hears of it', () => sizes.length === 3);
    expect(sizes).toEqual(['24 80', '30 100', '43 132']);
    at.type('q');
    expect(await at.ended).toBe(7);
  });

  it.each(['', ' | cat'])('is itself again after a signal that ended docker%s', async (more) => {
    killed.length = 0;
    const line = `stty -a > before; { belt --host lab1 docker attach it; echo "ended $?" >&2; }${more}; stty -a > after`;
    const at = terminal(w, line, env);
    await at.shows('ready');
    const belt = Number(
      execFileSync('pgrep', ['-f', `${join(w.env['PATH']!.split(':')[0]!, 'belt')} --host lab1`, '-n'], {
        encoding: 'utf8',
      }),
    );
    process.kill(belt, 'SIGQUIT');
    await until('the host hears of it', () => killed.length === 1);
    process.kill(belt, 'SIGTERM');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toContain('ended 143');
    expect(killed).toEqual(['QUIT', 'TERM']);
    expect(readFileSync(join(w.cwd, 'after'), 'utf8')).toBe(readFileSync(join(w.cwd, 'before'), 'utf8'));
  });

  it('is itself while belt is stopped, and raw again when it goes on', async () => {
    const at = terminal(w, 'exec belt --host lab1 docker attach it', env);
    await at.shows('ready');
    const device = readlinkSync(`/proc/${at.pty.pid}/fd/0`);
    const mode = () =>
      /-icanon/.test(execFileSync('stty', ['-a', '-F', device], { encoding: 'utf8' })) ? 'raw' : 'lines';
    expect(mode()).toBe('raw');
    process.kill(at.pty.pid, 'SIGTSTP');
    await until('it stopped', () => /^State:\tT/m.test(readFileSync(`/proc/${at.pty.pid}/status`, 'utf8')));
    expect(mode()).toBe('lines');
    process.kill(at.pty.pid, 'SIGCONT');
    await until('it is raw again', () => mode() === 'raw');
    at.type('q');
    expect(await at.ended).toBe(7);
  });
});

describe('belt create', () => {
  it('shows live progress in colour, then the table alone', async () => {
    const at = terminal(w, 'belt create 512mb live[1:2]');
    await at.shows('live1  ');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toMatch(COLOUR);
    // One that has its address when it is first listed does not boot in anybody's eyes.
    for (const phase of ['creating', 'waiting for Docker']) expect(at.screen()).toContain(phase);
    // What stands after the display was taken off the screen.
    const left = at.screen().slice(at.screen().lastIndexOf('\x1b[J') + 3);
    expect(left).toMatch(
      /^ID +Name +Public IPv4 +Memory +VCPUs +Disk\r\n\d+ +live1 +127\.1\.0\.4 .*\r\n\d+ +live2 +127\.1\.0\.5 .*\r\n$/,
    );
  });

  it('shows the progress on stderr: the table can go to a file', async () => {
    const at = terminal(w, 'belt create 512mb file1 > table.txt');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toContain('waiting for Docker');
    expect(at.screen()).not.toContain('Public IPv4');
    expect(readFileSync(join(w.cwd, 'table.txt'), 'utf8')).toMatch(/^ID .*\n\d+ +file1 .*\n$/);
  });

  it.each(['belt ls nowhere --no-color', 'NO_COLOR=1 belt ls nowhere', 'TERM=dumb belt ls nowhere'])(
    'without colour: %s',
    async (line) => {
      const at = terminal(w, line);
      expect(await at.ended).toBe(2);
      expect(at.screen()).toMatch(/^error: there is no node "nowhere"\r\nhint: there are \S*node\[1:3\]\r\n$/);
    },
  );

  it('an error is in colour', async () => {
    const at = terminal(w, 'belt ls nowhere');
    expect(await at.ended).toBe(2);
    expect(at.screen()).toMatch(/^\x1b\[31merror:\x1b\[39m /);
  });

  it('^C: what exists, and how to go on', async () => {
    const at = terminal(w, 'exec belt create 512mb stop1');
    // It exists by then, and is not ready.
    await at.shows(/stop1 +(waiting for|running cloud-init)/);
    at.type('\x03');
    expect(await at.ended).toBe(130);
    expect(at.screen()).toContain('interrupted: stop1 exists; billed: 4.00 USD a month (0.006 an hour)\r\n');
    expect((await w.belt('rm -y stop1')).code).toBe(0);
  });
});

describe('belt rm', () => {
  it.each([
    ['n\r', 1, '\r\nnothing was changed\r\n'],
    ['\r', 1, '\r\nnothing was changed\r\n'],
    ['\x03', 130, '\r\n\x1b[31merror:\x1b[39m interrupted: nothing was removed\r\n'],
  ])('asks; %j is no yes', async (keys, code, end) => {
    const at = terminal(w, 'belt rm node3');
    await at.shows('Delete 1 droplet? [y/N]');
    at.type(keys);
    expect(await at.ended).toBe(code);
    expect(at.screen()).toContain(end);
    expect(await names(w)).toContain('node3');
  });

  it('asks; y is one', async () => {
    const at = terminal(w, 'belt rm node3');
    await at.shows('Delete 1 droplet? [y/N]');
    expect(at.screen()).toContain('1 droplet and all data on it will be deleted:\r\n  node3  ');
    expect(at.screen()).not.toMatch(/removed/);
    at.type('y\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toMatch(/node3: removed\r\n$/);
    expect(await names(w)).not.toContain('node3');
  });
});

describe.each([
  ['belt down', { BELT_CLUSTER: 'shop' }],
  ['belt cluster rm shop', {}],
])('%s', (line, env) => {
  const ASKED = "Type the cluster's name (shop) to delete it all: ";
  beforeAll(async () => {
    const made = await w.belt('create 512mb shop1', { env: { BELT_CLUSTER: 'shop' } });
    if (made.code !== 0) throw new Error(made.stderr);
  });

  it.each([
    ['Shop\r', 1, '\r\nnothing was changed\r\n'],
    ['y\r', 1, '\r\nnothing was changed\r\n'],
    ['\r', 1, '\r\nnothing was changed\r\n'],
    ['\x03', 130, '\r\n\x1b[31merror:\x1b[39m interrupted: nothing was removed\r\n'],
  ])('asks for the name; %j is not it', async (keys, code, end) => {
    const at = terminal(w, line, env);
    await at.shows(ASKED);
    at.type(keys);
    expect(await at.ended).toBe(code);
    expect(at.screen()).toContain(end);
    expect(await names(w)).toContain('shop1');
  });

  it('asks for the name, which deletes it all', async () => {
    const at = terminal(w, line, env);
    await at.shows(ASKED);
    at.type('shop\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toContain('shop1: removed\r\n');
    expect(await names(w)).not.toContain('shop1');
  });
});

describe('an encrypted key', () => {
  const env = () => ({ DIGITALOCEAN_SSH_KEY_PATH: join(w.cwd, 'locked') });
  beforeAll(() => {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-C', 'locked', '-f', join(w.cwd, 'locked')]);
    w.write('own.yaml', 'digitalocean:\n  region: sgp1\n  image: 18153887\n');
  });

  it('asks for its passphrase, once, and does not show it', async () => {
    const at = terminal(w, 'belt --config own.yaml create 512mb secret1', env());
    await at.shows(`Passphrase for ${join(w.cwd, 'locked')}: `);
    at.type('open sesame\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).not.toContain('sesame');
    expect(at.screen().match(/Passphrase/g)).toHaveLength(1);
    expect(at.screen()).toMatch(/\d+ +secret1 /);
  });

  it('a wrong passphrase is one line', async () => {
    const at = terminal(w, 'belt --host secret1 docker version', env());
    await at.shows('Passphrase for ');
    at.type('open barley\r');
    expect(await at.ended).toBe(1);
    expect(at.screen()).toContain(`error:\x1b[39m wrong passphrase for ${join(w.cwd, 'locked')}\r\n`);
    expect(at.screen()).not.toContain('barley');
  });

  it('docker has the terminal after the question', async () => {
    const at = terminal(w, 'belt --host secret1 docker version --format here', env());
    await at.shows('Passphrase for ');
    at.type('open sesame\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toMatch(/\nhere\s+$/);
    expect(at.screen()).not.toContain('sesame');
  });
});
