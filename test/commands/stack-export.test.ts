import { expect, test } from 'vitest';
import { onSwarm } from '../support/on-swarm.ts';

const COMPOSE = `name: shop
services:
  web:
    image: nginx:1.27
    environment: ['PRICE=5$$', A=b]
    configs: [{source: page, target: /page.txt, mode: 0440}]
    secrets: [password]
    volumes: [data:/data]
    ports: ['8080:80']
    depends_on: [db]
    deploy: {replicas: 2, labels: {tier: web}}
  db:
    image: postgres:17
    networks: [back]
networks: {back: {internal: true}}
volumes: {data: {}}
configs: {page: {content: "yes"}}
secrets: {password: {content: hunter2-made-up}}
`;
const { w } = onSwarm({ 'compose.yaml': COMPOSE });

test('what is exported is deployed again without a change, by belt with other files and none', async () => {
  expect((await w.belt('deploy')).code).toBe(0);
  const { code, stdout, stderr } = await w.belt('stack export shop');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.replace(/_[0-9a-f]{16}/, '_HASH').replace(/at 2.*Z/, 'at TIME')).toBe(`# shop as it ran at TIME
name: shop
services:
  db:
    image: postgres:17
    sysctls:
      net.ipv4.tcp_keepalive_time: "600"
    networks:
      back: null
    deploy:
      replicas: 1
  web:
    image: nginx:1.27
    environment:
      - A=b
      - PRICE=5$$
    configs:
      - source: page
        target: /page.txt
        uid: "0"
        gid: "0"
        mode: "0440"
    secrets:
      - source: password
        target: password
        uid: "0"
        gid: "0"
        mode: "0444"
    volumes:
      - type: volume
        source: data
        target: /data
    networks:
      default: null
    ports:
      - target: 80
        published: 8080
    deploy:
      replicas: 2
      labels:
        tier: web
networks:
  back:
    internal: true
  default: {}
volumes:
  data: {}
configs:
  page:
    content: "yes"
secrets:
  password:
    external: true
    name: shop_password_HASH
`);
  w.write('exported.yaml', stdout);
  expect(await w.belt('stack diff -c exported.yaml --values')).toMatchObject({ code: 0, stdout: '' });
  expect(await w.belt('deploy -c exported.yaml')).toMatchObject({ code: 0 });
  expect(await w.belt('deploy --plan')).toMatchObject({ code: 0 });
});

test('as JSON, with digests', async () => {
  const { stdout } = await w.belt('stack export shop --digests --json');
  const { file, notes } = JSON.parse(stdout);
  expect(file.services.web.image).toMatch(/^nginx:1\.27@sha256:[0-9a-f]{64}$/);
  expect(notes).toContainEqual(
    expect.stringMatching(/^web: a deployment would change labels com\.docker\.stack\.image/),
  );
  expect(stdout).not.toContain('hunter2');
});

test('a stack that there is not', async () => {
  expect(await w.belt('stack export shp')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: the swarm has no stack shp\nhint: see: belt stack ls\n',
  });
});
