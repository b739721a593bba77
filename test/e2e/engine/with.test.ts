// `belt with`: the docker of this machine on the engines of droplets, over OpenSSH. What each test does was seen to break in a prototype.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, onHost, until } from '../../support/probe.ts';
import { terminal } from '../terminal.ts';
import type { World } from '../world.ts';
import { answersSsh, done, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

onEngines('belt with', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:3]');
    w.env['XDG_RUNTIME_DIR'] = undefined;
    w.env['TMPDIR'] = w.home;
  });
  afterAll(() => w?.end());

  const docker = (node: string, ...words: string[]) => w.belt(['with', node, '--', 'docker', ...words]);
  const onNode1 = async (words: string) => done(await docker('node1', ...words.split(' ')));
  const quiet = (code: number, stdout: string) => ({ code, stdout, stderr: '' });
  const sumOf = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
  const talk = 'while :; do echo talking; sleep 0.1; done';
  const talker = (name: string) =>
    docker('node1', 'run', '-d', '--name', name, '--network', 'none', 'nginx', 'sh', '-c', talk);

  it('is the engine of the node', async () => {
    for (const node of ['node1', 'node2'])
      expect(await docker(node, 'info', '--format', '{{.Name}}')).toEqual(quiet(0, `${node}\n`));
    expect(await docker('node1', 'ps', '-q')).toEqual(quiet(0, ''));
    const curl = `curl -s --unix-socket "\${DOCKER_HOST#unix://}" http://docker/_ping`;
    expect(await w.belt(['with', 'node1', '--', 'sh', '-c', curl])).toEqual(quiet(0, 'OK'));
  });

  it('the exit code is the container’s', async () => {
    const run = 'run --rm --network none nginx sh -c';
    expect(await docker('node1', ...run.split(' '), 'echo out; echo err >&2; exit 7')).toEqual({
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('the end of the input is not the end of the output', async () => {
    const cat = w.belt(
      [
        'with',
        'node1',
        '--',
        'docker',
        'run',
        '--rm',
        '-i',
        '--network',
        'none',
        'nginx',
        'sh',
        '-c',
        'cat; sleep 1; echo done',
      ],
      { input: 'abc\n' },
    );
    expect(await cat).toEqual(quiet(0, lines('abc', 'done')));
  });

  it('5 MB from a pipe to a pipe with a slow reader are the same, each time', async () => {
    const bytes = randomBytes(5_000_000);
    const file = join(w.cwd, 'bytes');
    writeFileSync(file, bytes);
    const line = `cat bytes | belt with node1 -- docker run --rm -i --log-driver none --network none nginx cat | { sleep 0.5; md5sum; }`;
    for (let n = 0; n < 3; n++) expect(await w.shell(line)).toEqual(quiet(0, `${sumOf(bytes)}  -\n`));
  });

  it('save | load, from node to node, and by files of this machine', async () => {
    await onNode1('tag nginx mine:1');
    expect(await w.shell('belt with node1 -- docker save mine:1 | belt with node2 -- docker load')).toEqual(
      quiet(0, lines('Loaded image: mine:1')),
    );
    await onNode1('save -o mine.tar mine:1');
    expect(await docker('node3', 'load', '-i', 'mine.tar')).toEqual(quiet(0, lines('Loaded image: mine:1')));
  });

  it('cp both ways, build from a folder here', async () => {
    w.write('app/file', 'from here\n');
    w.write('app/Dockerfile', 'FROM nginx\nCOPY file /made\n');
    await talker('copies');
    await onNode1('cp app copies:/app');
    expect(await onNode1('exec copies cat /app/file')).toBe('from here\n');
    await onNode1('cp copies:/app/file back');
    expect(readFileSync(join(w.cwd, 'back'), 'utf8')).toBe('from here\n');
    await onNode1('build -q -t made app');
    expect(await onNode1('run --rm --network none made cat /made')).toBe('from here\n');
    await onNode1('rm -f copies');
  });

  it('logs -f and events end with a signal, and leave nothing here', async () => {
    await talker('follow');
    const follow = w.start('with node1 -- docker logs -f follow');
    await until('it follows', () => follow.so().stdout.includes('talking'));
    follow.child.kill('SIGTERM');
    expect((await follow.outcome).code).toBe(143);
    const events = w.start('with node1 -- docker events --filter container=follow');
    // It begins to listen a moment after it was started.
    await until('an event came', async () => {
      await onNode1('exec follow true');
      return events.so().stdout.includes('exec_start');
    });
    events.child.kill('SIGINT');
    expect((await events.outcome).code).toBe(130);
    await onNode1('rm -f follow');
    expect((await w.shell('ls -d "$TMPDIR"/belt-with-*')).stdout).toBe('');
  });

  it('exec -it has a terminal that follows the size of this one, and Ctrl-C is the container’s', async () => {
    await talker('keys');
    const at = terminal(w, 'belt with node1 -- docker exec -it keys sh');
    await at.shows('/ #');
    at.pty.resize(100, 30);
    await until('the container hears of the new size', async () => {
      at.type('stty size\r');
      return /30 100/.test(at.screen());
    });
    at.type('sleep 1000\r');
    await at.shows('sleep 1000\r\n');
    await at.breaksOff();
    at.type('exit 5\r');
    expect(await at.ended).toBe(5);
    await onNode1('rm -f keys');
  });

  it('stack deploy with a config and variables of this machine', async () => {
    done(await w.belt('swarm init node1'));
    w.write('motd', 'hello from here\n');
    w.write(
      'stack.yml',
      'services: {web: {image: "nginx:${TAG}", networks: [], deploy: {endpoint_mode: dnsrr}, configs: [motd]}}\nconfigs: {motd: {file: ./motd}}\n',
    );
    const words = 'with @manager -- docker stack deploy --resolve-image never -d -c stack.yml app';
    done(await w.belt(words, { env: { TAG: 'latest' } }));
    const data = done(await docker('node1', 'config', 'inspect', '--format', '{{json .Spec.Data}}', 'app_motd'));
    expect(Buffer.from(JSON.parse(data), 'base64').toString()).toBe('hello from here\n');
    await onNode1('stack rm app');
    done(await w.belt('--host node1 docker swarm leave --force'));
  });

  it('50 at once over one connection', async () => {
    const line = 'for n in $(seq 50); do docker ps -q || echo failed & done; wait; echo all';
    expect(await w.belt(['with', 'node2', '--', 'sh', '-c', line])).toEqual(quiet(0, 'all\n'));
  });

  describe('an sshd that forwards no sockets', () => {
    const conf = '/etc/ssh/sshd_config.d/no-streams.conf';
    beforeAll(async () => {
      await onHost(w, 'node3', `echo AllowStreamLocalForwarding no > ${conf}; systemctl reload ssh`);
      await answersSsh(w, 'node3');
    });
    afterAll(async () => {
      await onHost(w, 'node3', `rm ${conf}; systemctl reload ssh`);
      await answersSsh(w, 'node3');
    });

    it('50 at once wait for the sessions that it allows', async () => {
      const line = 'for n in $(seq 50); do docker ps -q || echo failed & done; wait; echo all';
      expect(await w.belt(['with', 'node3', '--', 'sh', '-c', line])).toEqual(quiet(0, 'all\n'));
      expect((await w.belt('with --trace node3 -- true')).stderr).toContain('by docker system dial-stdio');
    });

    it('the end of the input is not the end of the output there either', async () => {
      const line = `echo abc | belt with node3 -- docker run --rm -i --network none nginx sh -c 'cat; sleep 1; echo done'`;
      expect(await w.shell(line)).toEqual(quiet(0, lines('abc', 'done')));
    });
  });

  it('a user outside the group docker: what helps, and that it does', async () => {
    const add = 'useradd -m deploy && cp -r /root/.ssh /home/deploy/ && chown -R deploy /home/deploy/.ssh';
    await onHost(w, 'node3', add);
    const as = { env: { DIGITALOCEAN_SSH_USER: 'deploy' } };
    expect(await w.belt('with node3 -- docker ps -q', as)).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: node3: deploy may not use Docker there (permission denied on /var/run/docker.sock)',
        'hint: let it, which makes it as good as root there: belt exec node3 --sudo -- usermod -aG docker deploy',
      ),
    });
    await onHost(w, 'node3', 'usermod -aG docker deploy');
    expect(await w.belt('with node3 -- docker ps -q', as)).toEqual(quiet(0, ''));
  });

  it('an sshd that freezes is an error within half a minute, and not a hang', async () => {
    done(await docker('node2', 'run', '-d', '--name', 'cold', '--network', 'none', 'nginx', 'sh', '-c', talk));
    const { outcome, so } = w.start('with node2 -- docker logs -f cold');
    // Before that a new connection would take the request.
    await until('it follows', () => so().stdout.includes('talking'));
    // The process that carries the connection; the one before it, root's own, only waits.
    const freeze = `pid=$(pgrep -o -f '^sshd(-session)?: root$') && kill -STOP $pid && echo $pid`;
    await until('it is frozen', async () => (await onHost(w, 'node2', freeze)).stdout !== '');
    const { code, stderr } = await outcome;
    expect([code, stderr]).toEqual([1, lines('warning: node2: the connection was lost', 'unexpected EOF')]);
  });
});
