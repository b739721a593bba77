// A forwarded `docker service create|update` that publishes a port: told of when the cluster's firewall shuts it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../support/belt.ts';
import { breakIt, mend } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
`;

describe('a service that publishes a port', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    await w.belt('active m1');
  });
  afterAll(() => w.end());

  const SHUT = '8080/tcp is closed in the firewall belt-shop; to open: belt firewall open 8080\n';
  const create = (name: string, words = '', globals = '') =>
    w.belt(`${globals} docker service create --name ${name} --no-resolve-image -d ${words} nginx`);

  it('that is shut is told of, in one line after docker’s own', async () => {
    const { code, stdout, stderr } = await create('web', '--publish published=8080,target=80');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^[0-9a-z]{25}\n$/),
      stderr: SHUT,
    });
    expect((await w.belt('docker service update -d --publish-add 8081:80 --publish-add 53:53/udp web')).stderr).toBe(
      '8081/tcp and 53/udp are closed in the firewall belt-shop; to open: belt firewall open 8081 53/udp\n',
    );
  });

  it('that is open is not, nor with --quiet, nor when docker failed', async () => {
    expect(await create('quiet', '-p 8090:80', '-q')).toMatchObject({ code: 0, stderr: '' });
    expect((await create('web', '-p 8082:80')).stderr).not.toContain('belt firewall');
    await w.belt('firewall open 8083');
    expect((await create('open', '-p 8083:80')).stderr).toBe('');
  });

  it('no other command of docker’s asks DigitalOcean anything', async () => {
    const before = (await w.status()).requests.total;
    for (const words of [
      'service ls',
      'service create --name none -d --no-resolve-image nginx',
      'ps -a',
      'service ps web',
    ]) {
      expect((await w.belt(`docker ${words}`)).code).toBe(0);
    }
    expect((await w.status()).requests.total).toBe(before);
  });

  it('a look that fails is silent, but for --trace', async () => {
    await breakIt(w, '500=20@GET/v2/firewalls');
    expect(await create('blind', '-p 8084:80')).toMatchObject({ code: 0, stderr: '' });
    await mend(w);
    await breakIt(w, '403=always@GET/v2/firewalls');
    const words = 'docker service create --name traced --no-resolve-image -d -p 8085:80 nginx';
    expect((await w.belt(words)).stderr).toBe('');
    const { code, stderr } = await w.belt(`--trace ${words.replace('traced', 'again').replace('8085', '8086')}`);
    await mend(w);
    expect(code).toBe(0);
    expect(stderr).toContain('trace: published ports: not checked: the token lacks the right firewall:read\n');
  });
});
