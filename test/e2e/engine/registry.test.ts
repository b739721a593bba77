// Credentials for a registry on real engines: a real registry, with TLS and passwords, on a node, and another node that pulls.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 180_000 };
/** Of Debian's package docker-registry: a program that needs no other. */
const REGISTRY = '/usr/bin/docker-registry';
/** Their base64 has characters that the URL's alphabet writes otherwise. */
const [FIRST, SECOND] = ['hunter2~~~???made-up', 'changed~~~???made-up'];
/** By bcrypt, which is all that the registry reads. */
const FIRST_LINE = 'ann:$2y$05$abcdefghijklmnopqrstuuH7sESI.XZFX3gqu5E9Db4SyBxc3DLIO';
const SECOND_LINE = 'ann:$2y$05$abcdefghijklmnopqrstuuseI66mF5IVs2Qk5NYLpW6mmpmgkVtUG';

const isHere = existsSync(REGISTRY);
if (!isHere) {
  process.stderr.write(
    'skipped: tests with a registry; to run them: apt-get install --no-install-recommends docker-registry\n',
  );
}

const withRegistry = isHere || process.env['CI'] === 'true' ? onEngines : describe.skip;

withRegistry('belt registry', () => {
  let w: World;
  let host: string;
  const at = (node: string, line: string) => onHost(w, node, line);
  const password = (line: string) => at('node1', `printf '%s\\n' '${line}' > /etc/registry.users`);
  const app = (image: string, more = '') => `name: shop
services:
  app:
    image: ${image}
    stop_grace_period: 1s
    deploy: {replicas: 1, endpoint_mode: dnsrr, placement: {max_replicas_per_node: 1}}
${more}`;
  const deploy = (text: string, words = '') => {
    w.write('compose.yaml', text);
    return w.belt(`deploy ${words}`, PATIENCE);
  };
  const running = async () => {
    const words = ['docker', 'service', 'ps', 'shop_app', '--no-trunc', '--filter', 'desired-state=running'];
    const { stdout } = await w.belt([...words, '--format', '{{.ID}} {{.CurrentState}}'], PATIENCE);
    return stdout
      .split('\n')
      .flatMap((line) => (/ Running /.test(line) ? [line.split(' ')[0]!] : []))
      .toSorted();
  };

  beforeAll(async () => {
    w = await engineWorld();
    const [one, two] = await Promise.all([
      w.belt('create 1gb node1 --image docker-20-04', PATIENCE),
      w.belt('create 1gb node2 --image docker-22-04', PATIENCE),
    ]);
    done(one);
    done(two);
    done(await w.belt('swarm join node1 node2', PATIENCE));
    // The 1-Click image's own shuts the registry's port, and the sixth SSH connection in 30 s.
    await Promise.all(['node1', 'node2'].map((node) => at(node, 'ufw disable')));
    const address = (await w.belt('ip node1')).stdout.trim();
    host = `${address}:5000`;
    done(await w.belt(['scp', REGISTRY, 'node1:/usr/local/bin/docker-registry'], PATIENCE));
    const config = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: '/srv/registry' } },
      http: { addr: ':5000', tls: { certificate: '/etc/registry.crt', key: '/etc/registry.key' } },
      auth: { htpasswd: { realm: 'test', path: '/etc/registry.users' } },
    };
    await password(FIRST_LINE);
    const subject = `-subj /CN=registry -addext subjectAltName=IP:${address} -days 2`;
    const set = [
      `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /etc/registry.key -out /etc/registry.crt ${subject}`,
      `printf %s '${JSON.stringify(config)}' > /etc/registry.yml`,
      'systemd-run --quiet --unit registry /usr/local/bin/docker-registry serve /etc/registry.yml',
    ];
    expect(await at('node1', `{ ${set.join(' && ')}; } > /tmp/set 2>&1 || cat /tmp/set`)).toEqual({
      code: 0,
      stdout: '',
    });
    const { stdout: certificate } = await at('node1', 'cat /etc/registry.crt');
    // Node and each engine trust its certificate.
    w.env['NODE_EXTRA_CA_CERTS'] = w.write('registry.crt', certificate);
    const trust = `mkdir -p '/etc/docker/certs.d/${host}' && printf %s '${certificate}' > '/etc/docker/certs.d/${host}/ca.crt'`;
    await Promise.all(['node1', 'node2'].map((node) => at(node, trust)));
    const push = [
      `printf %s '${FIRST}' | docker login -u ann --password-stdin ${host}`,
      `docker tag nginx:latest ${host}/app:1`,
      `docker push ${host}/app:1`,
      `docker rmi ${host}/app:1`,
      'rm -r /root/.docker',
    ];
    await until('the registry answers', async () => (await at('node1', `curl -sk https://${host}/v2/`)).code === 0);
    const pushed = await at('node1', `{ ${push.join(' && ')}; } > /tmp/push 2>&1; code=$?; cat /tmp/push; exit $code`);
    expect(pushed.code, pushed.stdout).toBe(0);
    mkdirSync(join(w.home, 'none'));
  }, 300_000);
  afterAll(() => w?.end());

  it('without credentials no node gets the image', async () => {
    const { code, stderr } = await deploy(app(`${host}/app:1`));
    expect(code).toBe(3);
    expect(stderr).toContain('No such image');
    expect(stderr).toContain(
      `warning: ${host} refuses ${host}/app:1 (app): it is private, or there is no such image; `,
    );
    done(await w.belt('stack rm shop --yes', PATIENCE));
  });

  it('login tries the password on the registry', async () => {
    const wrong = await w.belt(`registry login ${host} -u ann`, { input: 'wrong-one', ...PATIENCE });
    expect([wrong.code, wrong.stderr.split('\n')[0]]).toEqual([
      2,
      `error: ${host} does not take the password of ann (HTTP 401)`,
    ]);
    const right = await w.belt(`registry login ${host} -u ann --trace`, { input: FIRST, ...PATIENCE });
    expect(right).toMatchObject({ code: 0, stdout: `${host}: logged in as ann\n` });
    expect(right.stderr).not.toContain(FIRST);
  });

  it('a tag that the registry does not have is told from one that it refuses', async () => {
    const { stderr } = await deploy(app(`${host}/app:none`), '--detach');
    expect(stderr).toContain(`sends ann’s credentials for ${host} with app\n`);
    expect(stderr).toContain(`warning: the registry has no ${host}/app:none (app); `);
    done(await w.belt('stack rm shop --yes', PATIENCE));
  });

  it('a deployment has the swarm pull with it', async () => {
    const outcome = await deploy(app(`${host}/app:1`));
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(await running()).toHaveLength(1);
    const { stdout } = await w.belt(['docker', 'service', 'inspect', 'shop_app'], PATIENCE);
    expect(JSON.parse(stdout)[0].Spec.TaskTemplate.ContainerSpec.Image).toMatch(/\/app:1@sha256:[0-9a-f]{64}$/);
    const [row] = JSON.parse((await w.belt('registry ls --json', PATIENCE)).stdout);
    expect(row).toMatchObject({ service: 'shop_app', registry: host, held: { host, user: 'ann' } });
  });

  it('after the password changed, refresh leaves every task as it is, and the node that could not pull can', async () => {
    const before = await running();
    await password(SECOND_LINE);
    done(await w.belt('docker service scale -d shop_app=2', PATIENCE));
    await until(
      'the other node is refused',
      async () => {
        const words = ['docker', 'service', 'ps', 'shop_app', '--no-trunc', '--format', '{{.Error}}'];
        return /No such image/.test((await w.belt(words, PATIENCE)).stdout);
      },
      60_000,
    );
    expect(await running()).toEqual(before);
    done(await w.belt(`registry login ${host} -u ann`, { input: SECOND, ...PATIENCE }));
    expect(await w.belt('registry refresh shop', PATIENCE)).toEqual({
      code: 0,
      stdout: `shop_app: has the credentials of ann for ${host}\n`,
      stderr: '',
    });
    await until('both nodes run it', async () => (await running()).length === 2, 90_000);
    expect(await running()).toEqual(expect.arrayContaining(before));
  });

  it('a second refresh, with both running, replaces neither', async () => {
    const before = await running();
    // Swarm may still be starting the second task, and belt leaves an update alone.
    await until('it can be refreshed', async () => (await w.belt('registry refresh', PATIENCE)).code === 0);
    // Swarm has looked at the service when a later change of it is carried out.
    done(await deploy(app(`${host}/app:1`).replace('replicas: 1', 'replicas: 1, labels: {a: b}')));
    const after = await running();
    expect(before).toEqual(expect.arrayContaining(after));
    expect(after).toHaveLength(1);
  });

  it('what is exported is what runs', async () => {
    const more = `    environment: ['PRICE=5$$', "TEXT=a # b\\nc"]
    command: [sleep, '1000']
    user: '0'
    configs: [{source: page, target: /page.txt, mode: 0440}]
    secrets: [{source: key, uid: '7'}]
    volumes: ['data:/data', '/tmp:/host:ro', {type: tmpfs, target: /run/x, tmpfs: {size: 1m}}]
    healthcheck: {test: 'true', interval: 1s, retries: 2}
    networks: {default: {aliases: [other]}, back: {}}
    ulimits: {nofile: 1024}
    cap_add: [NET_ADMIN]
    logging: {driver: json-file, options: {max-size: 1m}}
  every:
    image: nginx:latest
    deploy: {mode: global, endpoint_mode: dnsrr, update_config: {parallelism: 2, order: start-first}, restart_policy: {condition: on-failure, max_attempts: 3}}
networks: {back: {internal: true, attachable: true}}
volumes: {data: {labels: {kind: db}}}
configs: {page: {content: "a $$\\n b\\n"}}
secrets: {key: {content: exported-made-up}}
`;
    const outcome = await deploy(app(`${host}/app:1`, more));
    expect(outcome.code, outcome.stderr).toBe(0);
    const { code, stdout } = await w.belt('stack export shop', PATIENCE);
    expect(code).toBe(0);
    expect(stdout).not.toContain('exported-made-up');
    w.write('exported.yaml', stdout);
    const plan = await w.belt('stack diff -c exported.yaml --values', PATIENCE);
    expect([plan.code, plan.stdout]).toEqual([0, '']);
  });

  it('no password is in what the swarm tells, in labels, or in files but docker’s own', async () => {
    const { stdout } = await w.belt(['docker', 'service', 'inspect', 'shop_app'], PATIENCE);
    const files = readdirSync(w.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).endsWith('.docker/config.json'))
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    const secrets = [FIRST, SECOND].flatMap((one) => [one, Buffer.from(`ann:${one}`).toString('base64')]);
    const found = [stdout, ...files].filter((text) => secrets.some((secret) => text.includes(secret)));
    expect(found).toEqual([]);
  });
});
