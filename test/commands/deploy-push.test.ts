// `belt deploy --push`: what is built here gets to the nodes that may run it, and the services name it by content.
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { config, saved, sha256 } from '../support/images.ts';
import { type LocalEngine, localEngine } from '../support/local-engine.ts';

const STACK = `
name: shop
services:
  web:
    build: {context: web, dockerfile: Dockerfile.prod, args: {TOKEN: s3cr3t}, target: final}
    deploy: {replicas: 1}
  job:
    image: job:3
    deploy: {replicas: 1, placement: {constraints: [node.role==manager]}}
`;
const reference = (name: string, layers: readonly string[]) =>
  `127.0.0.1:1/${name}:${sha256(config(layers)).slice(0, 20)}`;

describe('belt deploy --push', () => {
  const w = world();
  let engine: LocalEngine;
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:2]');
    await w.belt('swarm join node1 node2');
    const socket = join(w.cwd, 'docker.sock');
    engine = await localEngine(socket);
    engine.images.set('job:3', saved('job:3', ['base', 'job']));
    // It stands for the docker that builds: it tells what it was asked for, and how it ends.
    const docker = w.write(
      'bin/docker',
      '#!/bin/sh\necho "$@" "TOKEN=$TOKEN" >> asked\necho built\nexit "${ENDS:-0}"\n',
    );
    chmodSync(docker, 0o755);
    Object.assign(w.env, { DOCKER_HOST: `unix://${socket}`, PATH: `${join(w.cwd, 'bin')}:/usr/bin:/bin` });
  });
  afterAll(async () => {
    engine.close();
    await w.end();
  });

  const deploy = (file: string, words = '', env = {}) => {
    w.write('compose.yaml', file);
    return w.belt(`deploy --push ${words}`, { env });
  };
  const images = async () =>
    (await w.belt('docker service ls --format {{.Name}}={{.Image}}')).stdout.trim().split('\n').sort();

  test('builds, pushes to the nodes that may run it, and deploys by content', async () => {
    engine.images.set('shop-web:latest', saved('shop-web:latest', ['base', 'web1']));
    const { code, stdout, stderr } = await deploy(STACK);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`+ service   web           create with ${reference('shop-web', ['base', 'web1'])}`);
    expect(stdout).not.toContain('built');
    expect(readFileSync(join(w.cwd, 'asked'), 'utf8')).toBe(
      `build --tag shop-web --file ${w.cwd}/web/Dockerfile.prod --target final --build-arg TOKEN ${w.cwd}/web TOKEN=s3cr3t\n`,
    );
    const told = stderr
      .split('\n')
      .filter((line) => line.startsWith('node'))
      .sort();
    expect(told).toEqual([
      expect.stringMatching(/^node1 \| shop-web:latest: 2 of 2 layers sent, job:3: 1 of 2 layers sent; /),
      expect.stringMatching(/^node2 \| shop-web:latest: 2 of 2 layers sent; /),
    ]);
    expect(stderr).not.toContain('no registry answers');
    const [job, web] = [reference('job', ['base', 'job']), reference('shop-web', ['base', 'web1'])];
    expect(await images()).toEqual([`shop_job=${job}`, `shop_web=${web}`]);
  });

  test('the same again changes nothing; another content reaches the service', async () => {
    const again = await deploy(STACK);
    expect({ code: again.code, stdout: again.stdout }).toEqual({ code: 0, stdout: '' });
    engine.images.set('shop-web:latest', saved('shop-web:latest', ['base', 'web2']));
    const { code, stdout } = await deploy(STACK);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('~ service') });
    expect(await images()).toContain(`shop_web=${reference('shop-web', ['base', 'web2'])}`);
  });

  test('before anything is built, all but the image is compared', async () => {
    w.write('asked', '');
    const built = 'web: the image is compared once --push has built it\n';
    const warning = 'warning: compose.yaml:5:12: web: its image is what belt deploy --push builds\n';
    const kept =
      'job: what was pushed stays; another content: --push, the registry’s: name another tag or a digest in the file\n';
    const none = 'nothing to do: 2 services as in the files\n';
    expect(await deploy(STACK, '--plan')).toEqual({ code: 0, stdout: '', stderr: `${kept}${built}${none}` });
    for (const words of ['deploy --plan', 'stack diff']) {
      expect(await w.belt(words)).toEqual({ code: 0, stdout: '', stderr: `${warning}${kept}${built}${none}` });
    }
    const more = STACK.replace('deploy: {replicas: 1}', 'environment: {A: b}').replace(/$/, '  new: {build: new}\n');
    const { code, stdout } = await deploy(more, '--plan');
    expect(code).toBe(4);
    expect(stdout).toContain('~ service   web     change environment\n');
    expect(stdout).toContain('+ service   new     create with what --push builds\n');
    const config = await w.belt('stack config');
    expect(config).toMatchObject({ code: 0, stderr: expect.stringContaining('new: its image is what belt deploy') });
    expect(config.stdout).toContain('Image: shop-new\n');
    expect(config.stdout).not.toContain('isUnbuilt');
    expect(readFileSync(join(w.cwd, 'asked'), 'utf8')).toBe('');
  });

  test('nothing is put on a node before the plan is agreed to', async () => {
    engine.images.set('shop-web:latest', saved('shop-web:latest', ['base', 'web3']));
    const asked = await deploy(STACK.replace(/ {2}job:[\s\S]*/, ''), '--prune');
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes if you are sure') });
    expect(asked.stdout).toContain(`→ ${reference('shop-web', ['base', 'web3'])}`);
    expect(asked.stderr).not.toMatch(/^node\d \|/m);
  });

  test('a node that joins gets what was pushed, where this machine still has it; else that is told', async () => {
    const joined = async () => {
      await w.belt('create 512mb node3');
      const { code, stderr } = await w.belt('swarm join node1 node3');
      await w.belt('rm node3 --yes');
      return { code, stderr };
    };
    const image = reference('shop-web', ['base', 'web2']);
    const sent = `node3 | ${image}: 2 of 2 layers sent; `;
    engine.images.set('shop-web:latest', saved('shop-web:latest', ['base', 'web2']));
    const { code, stderr } = await joined();
    expect([code, stderr]).toEqual([0, expect.stringContaining(sent)]);
    expect(stderr).toMatch(/^reading shop-web:latest from the Docker engine of this machine\n/);
    expect(stderr).not.toContain('warning');
    // Another image has its name by now; by its id it is still there.
    engine.images.set('shop-web:latest', saved('shop-web:latest', ['base', 'other']));
    const lacks =
      'warning: node3: without the pushed images of shop_web, so that a task of theirs fails there with "No such image"; ' +
      'once more: belt deploy --push shop\n';
    expect((await joined()).stderr).toContain(lacks);
    const id = sha256(config(['base', 'web2'])).slice(0, 20);
    engine.images.set(id, saved('old', ['base', 'web2']));
    expect((await joined()).stderr).toContain(sent);
    engine.images.delete(id);
    engine.images.delete('shop-web:latest');
    expect(await joined()).toEqual({ code: 0, stderr: lacks });
  });

  test('a node that came while nobody brought it gets it with the next deployment', async () => {
    await w.belt('create 512mb node3');
    await w.belt('swarm join node1 node3');
    engine.images.set('shop-web:latest', saved('shop-web:latest', ['base', 'web2']));
    const again = await deploy(STACK);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toMatch(/^node1 \| shop-web:latest: it has all of it/m);
    expect(again.stderr).toMatch(/^node3 \| shop-web:latest: [12] of 2 layers sent/m);
    await w.belt('docker node demote node3');
    await w.belt('exec node3 -- docker swarm leave');
    expect((await w.belt('swarm join node1 node3')).stderr).not.toContain('shop_web');
    await w.belt('rm node3 --yes');
  });

  test('without --push what was pushed stays, and is told; old content goes from the nodes, but for what can be gone back to', async () => {
    const [job, other] = [reference('job', ['base', 'job']), reference('job', ['base', 'job2'])];
    const file = STACK.replace(/ {2}web:[\s\S]*?(?= {2}job:)/, '');
    w.write('compose.yaml', file);
    expect((await w.belt('deploy')).stderr).toContain(
      'job: what was pushed stays; another content: --push, the registry’s: name another tag or a digest in the file\n',
    );
    expect(await images()).toContain(`shop_job=${job}`);
    const tags = async () =>
      (await w.belt('--host node1 docker images --format {{.Repository}}:{{.Tag}}')).stdout
        .split('\n')
        .filter((name) => name.startsWith('127.0.0.1:1/job'))
        .sort();
    engine.images.set('job:3', saved('job:3', ['base', 'job2']));
    expect((await deploy(file)).code).toBe(0);
    expect(await tags()).toEqual([job, other].sort());
    engine.images.set('job:3', saved('job:3', ['base', 'job3']));
    expect((await deploy(file)).code).toBe(0);
    expect(await tags()).toEqual([other, reference('job', ['base', 'job3'])].sort());
    w.write('compose.yaml', file.replace('job:3', 'job:4'));
    expect((await w.belt('deploy --plan')).stdout).toContain('→ job:4');
  });

  const OTHER = 'name: other\nservices: {job: {image: IMAGE, deploy: {replicas: 1}}}\n';
  test.each([
    ['private', 401, 'unauthorized: authentication required', 'ghcr.io/me/job:3', 'ghcr.io does not tell this machine'],
    [
      'private',
      403,
      'errors:\ndenied: requested access to the resource is denied\nunauthorized: x',
      'me/job:3',
      'docker.io does not tell this machine',
    ],
    [
      'behind a password',
      500,
      'Get "https://r.example/v2/": no basic auth credentials',
      'r.example/job:3',
      'r.example does not tell this machine',
    ],
    [
      'asked too often',
      429,
      'toomanyrequests: You have reached your pull rate limit',
      'job:4',
      'docker.io does not say',
    ],
    [
      'out of reach',
      500,
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      'job:5',
      'docker.io does not say',
    ],
  ])(
    'a copy here of an image whose registry is %s is not deployed in its place (%i)',
    async (_, status, message, image, says) => {
      engine.images.set(image, saved(image, ['base', 'stale']));
      engine.registries.set(image, { status, message });
      const { code, stdout, stderr } = await deploy(OTHER.replace('IMAGE', image), '--detach');
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(` with ${image}\n`);
      const why = message.replaceAll('\n', ' ');
      expect(stderr).toContain(
        `warning: job: ${says} whether it has ${image} (${why}): the nodes pull it; to put the one of this machine there: belt push ${image}\n`,
      );
      await w.belt('stack rm other --yes');
    },
  );

  test('a private image that this machine’s credentials find is the registry’s', async () => {
    const image = 'ghcr.io/me/app:1';
    engine.images.set(image, saved(image, ['base', 'stale']));
    engine.registries.set(image, { status: 403, message: 'denied', user: 'ann' });
    const auth = Buffer.from('ann:made-up~~~???').toString('base64');
    w.write('docker/config.json', JSON.stringify({ auths: { 'ghcr.io': { auth } } }));
    w.write('compose.yaml', OTHER.replace('IMAGE', image));
    const env = { DOCKER_CONFIG: join(w.cwd, 'docker') };
    const { stdout, stderr } = await w.belt('deploy --push --detach', { env });
    expect(stdout).toContain(` with ${image}\n`);
    expect(stderr).not.toContain('warning');
    await w.belt('stack rm other --yes');
  });

  test.each([
    ['denied: requested access to the resource is denied', 'job:6', 403],
    ['name unknown: repository not known', 'ghcr.io/me/none:1', 404],
  ])('one that its registry does not have is put on the nodes (%s)', async (message, image, status) => {
    engine.images.set(image, saved(image, ['base', 'own']));
    engine.registries.set(image, { status, message });
    const { code, stdout } = await deploy(OTHER.replace('IMAGE', image));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('with 127.0.0.1:1/') });
    await w.belt('stack rm other --yes');
  });

  test('a build that fails ends it before anything is sent', async () => {
    expect(await deploy(STACK, '', { ENDS: '7' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'building shop-web for web\nbuilt\nerror: web: docker build of shop-web failed (exit code 7)\n',
    });
  });

  test('arguments without a value are those of the environment, or left to the Dockerfile; one that is docker’s own is refused', async () => {
    w.write('asked', '');
    const args = (text: string) => STACK.replace('{TOKEN: s3cr3t}', text);
    await deploy(args('[TOKEN, HOME, NONE]'), '', { TOKEN: 'given', ENDS: '7' });
    expect(readFileSync(join(w.cwd, 'asked'), 'utf8')).toContain(
      `--build-arg TOKEN --build-arg HOME ${w.cwd}/web TOKEN=given\n`,
    );
    w.write('asked', '');
    expect(await deploy(args('{TOKEN: s3cr3t, DOCKER_HOST: "tcp://198.51.100.1:2375"}'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error: compose\.yaml:4:3: web: build\.args\.DOCKER_HOST cannot be given to docker build without changing docker itself/,
      ),
    });
    expect(readFileSync(join(w.cwd, 'asked'), 'utf8')).toBe('');
  });

  test('what docker build is not told is an error, and so is a deployment without --push', async () => {
    const more = STACK.replace('target: final', 'secrets: [x]');
    expect(await deploy(more)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'build.secrets is not honoured by --push, which has context, dockerfile, args, target',
      ),
    });
    w.write('compose.yaml', STACK);
    expect(await w.belt('deploy')).toMatchObject({ code: 2, stderr: expect.stringContaining('belt deploy --push') });
  });
});
