// A plain image gets a real engine by what belt sends, and containers there do not reach the metadata service.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apart } from '../../support/coming-up.ts';
import { onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { engineWorld, onEngines } from './engine.ts';

/** Older than the newest of the repository that droplets find. */
const WANTED = '26';
const RULE = '-A PREROUTING -d 169.254.169.254/32 -j DROP';

onEngines('a plain image', () => {
  let w: World;
  const config = (engine: string) =>
    w.write(
      '.belt.yaml',
      `digitalocean: {region: sgp1, image: ubuntu-24-04-x64, ssh_key_fingerprint: 816630}\ncluster: {engine: ${engine}}\n`,
    );
  const on = async (name: string, command: string) => (await onHost(w, name, command)).stdout;
  beforeAll(async () => {
    w = await engineWorld();
  });
  afterAll(() => w?.end());

  it("gets Docker from its repository, as the file says, before the user's own script runs", async () => {
    config(`{version: "${WANTED}", labels: {tier: web}, log_driver: local, log_opts: {max-size: 10m}}`);
    w.write('own.sh', '#!/bin/sh\ndocker version --format "{{.Server.Os}}" > /root/own\n');
    expect(apart(await w.belt('create 512mb plain1 --user-data own.sh'))).toMatchObject({ code: 0, stderr: '' });
    expect(await on('plain1', 'cat /root/own')).toBe('linux\n');
    expect(await on('plain1', "docker info --format '{{.LoggingDriver}} {{.Labels}}'")).toBe('local [tier=web]\n');
    expect(await on('plain1', 'grep "^belt: installed" /var/log/cloud-init-output.log')).toContain(
      `belt: installed Docker version ${WANTED}.`,
    );
  });

  it('can start a swarm over its VPC address', async () => {
    expect(await w.belt('--host plain1 docker swarm init')).toMatchObject({ code: 0 });
    expect(await on('plain1', "docker info --format '{{.Swarm.NodeAddr}}'")).toMatch(/^10\./);
  });

  it('shuts the metadata service to containers and not to itself, also after a reboot', async () => {
    const boot = () => on('plain1', 'cut -d" " -f22 /proc/1/stat').catch(() => '');
    const asks = (nc: string) =>
      `printf 'GET /metadata/v1/hostname HTTP/1.0\\r\\n\\r\\n' | ${nc} -w 5 169.254.169.254 80 2> /dev/null | tail -n 1`;
    const inContainer = `docker run --rm --entrypoint /bin/sh nginx -c "${asks('nc')}"`;
    for (const again of [false, true]) {
      if (again) {
        const before = await boot();
        await on('plain1', 'reboot').catch(() => '');
        await until('it is another boot', async () => ![before, ''].includes(await boot()));
        await until(
          'docker answers',
          async () => (await on('plain1', 'docker ps -q && echo up').catch(() => '')) === 'up\n',
        );
      }
      expect(await on('plain1', 'iptables -t raw -S PREROUTING | grep 169')).toBe(`${RULE}\n`);
      expect(await on('plain1', asks('busybox nc'))).toBe('plain1');
      expect(await on('plain1', inContainer)).toBe('');
      // The proof that the rule is what shuts it.
      await on('plain1', `iptables -t raw -D ${RULE.slice(3)}`);
      expect(await on('plain1', inContainer)).toBe('plain1');
      await on('plain1', `iptables -t raw -I ${RULE.slice(3)}`);
    }
  });

  it('bounds logs by default, also where user data writes a daemon.json after belt, and swarms beside the VPC', async () => {
    config('{labels: {tier: web}}');
    w.write(
      'own.yaml',
      '#cloud-config\nwrite_files: [{path: /etc/docker/daemon.json, content: \'{"debug": true}\'}]\n',
    );
    expect(apart(await w.belt('create 512mb image1 --image docker-20-04 --user-data own.yaml'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(JSON.parse(await on('image1', 'cat /etc/docker/daemon.json'))).toEqual({
      'swarm-default-advertise-addr': 'eth1',
      'log-driver': 'local',
      'log-opts': { 'max-size': '20m', 'max-file': '5' },
      debug: true,
      labels: ['tier=web'],
    });
    const format = '{{.LoggingDriver}} {{.Debug}} {{.Labels}}';
    expect(await on('image1', `docker info --format '${format}'`)).toBe('local true [tier=web]\n');
    expect((await w.belt('swarm init image1 --no-firewall')).code).toBe(0);
    const ingress = "docker network inspect ingress --format '{{range .IPAM.Config}}{{.Subnet}}{{end}}'";
    await until('the routing mesh has its network', async () => (await on('image1', ingress)) !== '\n');
    expect(await on('image1', ingress)).toBe('10.200.0.0/24\n');
  });

  it('gets it from a script', async () => {
    config('{install_url: "https://get.docker.com"}');
    expect(apart(await w.belt('create 512mb plain2'))).toMatchObject({ code: 0, stderr: '' });
    expect(await on('plain2', "docker version --format '{{.Server.Os}}'")).toBe('linux\n');
  });

  it('a version that there is not is told, with those that there are', async () => {
    config('{version: "99"}');
    const { code, stderr } = await w.belt('create 512mb plain3');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /plain3: image ubuntu-24-04-x64 has no Docker and it could not be installed: no version 99 for /,
    );
    expect(stderr).toContain('; available: 28.5.2 26.1.5');
    expect(await on('plain3', 'cloud-init status; command -v dockerd')).toBe('status: error\n');
  });
});
