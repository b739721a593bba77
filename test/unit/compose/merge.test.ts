import { describe, expect, test } from 'vitest';
import { container, found, service, stackOf } from './fixture.ts';

const IMAGE = 'image: nginx:1.27';
const merged = (base: string, over: string) => stackOf({ 'a.yml': base, 'b.yml': over }, { files: ['a.yml', 'b.yml'] });
/** Of a service with these lines in one file and those in another. */
const web = (base: string, over: string) =>
  merged(`services:\n  web:\n    ${IMAGE}\n    ${base}\n`, `services:\n  web:\n    ${over}\n`);

describe('several files', () => {
  test('single values and commands are replaced', () => {
    const stack = web('command: [a, b]', 'command: c d\n    hostname: two\n    image: nginx:1.28');
    expect(container(stack)).toMatchObject({ Args: ['c', 'd'], Hostname: 'two', Image: 'nginx:1.28' });
  });

  test('environment and labels are merged by name, lists and mappings alike', () => {
    const stack = web(
      'environment: [A=1, B=2]\n    labels: {x: "1"}',
      'environment: {B: 3, C: 4}\n    labels: [x=2, y]',
    );
    expect(container(stack).Env).toEqual(['A=1', 'B=3', 'C=4']);
    expect(container(stack).Labels).toEqual({ 'com.docker.stack.namespace': 'shop', x: '2', y: '' });
  });

  test('ports that are the same are one, those without a published one stay apart', () => {
    const stack = web('ports: ["80:80", "90", "91"]', 'ports: ["8080:80", {target: 80, published: 80}, "92"]');
    const ports = service(stack, 'web').spec.EndpointSpec!.Ports!.map((port) => [port.PublishedPort, port.TargetPort]);
    expect(ports).toEqual([
      [undefined, 90],
      [undefined, 91],
      [undefined, 92],
      [80, 80],
      [8080, 80],
    ]);
  });

  test('of volumes, configs and secrets the last for a target counts', () => {
    const stack = merged(
      `services:\n  web: {${IMAGE}, volumes: ["/a:/data", "/b:/b"], secrets: [s]}\nsecrets: {s: {external: true}}\n`,
      'services:\n  web: {volumes: [{type: bind, source: /c, target: /data}], secrets: [{source: s, target: s, mode: 0400}]}\n',
    );
    const { Mounts, Secrets } = container(stack);
    expect(Mounts).toEqual([
      { Type: 'bind', Source: '/c', Target: '/data' },
      { Type: 'bind', Source: '/b', Target: '/b' },
    ]);
    expect(Secrets!.map(({ File }) => File.Mode)).toEqual([0o400]);
  });

  test('dns is one list, constraints too, capabilities are each there once', () => {
    const stack = web(
      'dns: 192.0.2.1\n    cap_add: [NET_ADMIN]\n    deploy: {placement: {constraints: [a==b]}}',
      'dns: [192.0.2.2]\n    cap_add: [NET_ADMIN, SYS_TIME]\n    deploy: {placement: {constraints: [c==d]}}',
    );
    expect(container(stack)).toMatchObject({
      DNSConfig: { Nameservers: ['192.0.2.1', '192.0.2.2'] },
      CapabilityAdd: ['CAP_NET_ADMIN', 'CAP_SYS_TIME'],
    });
    expect(service(stack, 'web').spec.TaskTemplate.Placement).toEqual({ Constraints: ['a==b', 'c==d'] });
  });

  test('the options of another logging driver are gone', () => {
    const base = 'logging: {driver: json-file, options: {max-size: 1m}}';
    const driver = (over: string) => service(web(base, over), 'web').spec.TaskTemplate.LogDriver;
    expect(driver('logging: {options: {max-file: "3"}}')).toEqual({
      Name: 'json-file',
      Options: { 'max-size': '1m', 'max-file': '3' },
    });
    expect(driver('logging: {driver: syslog}')).toEqual({ Name: 'syslog' });
  });

  test('top-level networks are merged too', () => {
    const stack = merged(
      `services:\n  web: {${IMAGE}, networks: [n]}\nnetworks: {n: {driver: macvlan}}\n`,
      'networks: {n: {attachable: true}}\n',
    );
    expect(stack.networks[0]!.body).toMatchObject({ Driver: 'macvlan', Attachable: true });
  });

  test('!reset takes out, !override replaces', () => {
    const stack = web(
      'ports: ["80:80"]\n    environment: {A: 1, B: 2}\n    cap_add: [NET_ADMIN]\n    hostname: h',
      'ports: !override ["90:90"]\n    environment: {A: !reset null}\n    cap_add: !reset []\n    hostname: !reset null',
    );
    expect(service(stack, 'web').spec.EndpointSpec!.Ports!.map((port) => port.PublishedPort)).toEqual([90]);
    const { Env, CapabilityAdd, Hostname } = container(stack);
    expect({ Env, CapabilityAdd, Hostname }).toEqual({ Env: ['B=2'], CapabilityAdd: undefined, Hostname: undefined });
  });

  test('relative paths count from the folder of the first', () => {
    const stack = stackOf(
      {
        'a/one.yml': `services:\n  web: {${IMAGE}}\n`,
        'b/two.yml': 'services:\n  web: {volumes: ["./x:/x"]}\n',
      },
      { files: ['a/one.yml', 'b/two.yml'] },
    );
    expect(container(stack).Mounts![0]!.Source).toBe('/shop/a/x');
    expect(stack.name).toBe('a');
  });
});

describe('extends', () => {
  test('a service of the same file, and one that extends itself another', () => {
    const stack = stackOf(`
services:
  base: {${IMAGE}, environment: {A: 1}, profiles: [never]}
  middle: {extends: base, environment: {B: 2}}
  web: {extends: {service: middle}, environment: {A: 3}, profiles: !override []}
`);
    expect(container(stack).Env).toEqual(['A=3', 'B=2']);
  });

  test('a service of another file, whose paths count from there', () => {
    const stack = stackOf({
      'compose.yaml': 'services:\n  web: {extends: {file: common/base.yml, service: base}, volumes: ["./b:/b"]}\n',
      'common/base.yml': `services:\n  base: {${IMAGE}, volumes: ["./a:/a"], env_file: base.env}\n`,
      'common/base.env': 'A=1\n',
    });
    expect(container(stack).Mounts!.map(({ Source }) => Source)).toEqual(['/shop/common/a', '/shop/b']);
    expect(container(stack).Env).toEqual(['A=1']);
  });

  test.each([
    ['extends: nobody', '3:37 there is no service "nobody" to extend'],
    ['extends: web', '3:37 web extends itself'],
    ['extends: {file: x.yml, service: a}', '3:44 there is no file x.yml'],
  ])('%s', (line, expected) => {
    const stack = stackOf(`services:\n  other: {${IMAGE}}\n  web: {${IMAGE}, ${line}}\n`);
    expect(found(stack)).toEqual([`error compose.yaml:${expected}`]);
  });
});

describe('include', () => {
  test('brings the resources of other files in, with paths and variables of their own', () => {
    const stack = stackOf({
      'compose.yaml': `include: [db/compose.yaml]\nservices:\n  web: {${IMAGE}, depends_on: [db]}\n`,
      'db/compose.yaml':
        'services:\n  db: {image: "postgres:${TAG}", volumes: ["data:/d"], configs: [c]}\nvolumes: {data: }\nconfigs: {c: {file: ./c.txt}}\n',
      'db/.env': 'TAG=17\n',
      'db/c.txt': 'hello',
    });
    expect(container(stack, 'db').Image).toBe('postgres:17');
    expect(stack.configs[0]!.data!.toString()).toBe('hello');
    expect(found(stack).filter((line) => line.startsWith('error'))).toEqual([]);
  });

  test('the same network in both is one; what differs is an error', () => {
    const files = (network: string) => ({
      'compose.yaml': `include:\n  - path: [a.yml, b.yml]\nservices:\n  web: {${IMAGE}, networks: [n]}\nnetworks: {n: {external: true}}\n`,
      'a.yml': `networks: {n: ${network}}\n`,
      'b.yml': `services: {other: {${IMAGE}}}\n`,
    });
    expect(found(stackOf(files('{external: true}')))).toEqual([]);
    expect(found(stackOf(files('{attachable: true}')))).toEqual([
      'error compose.yaml:5:12 networks.n is also in a.yml:1, which is included, and differs',
    ]);
  });

  test('a file that includes itself is an error', () => {
    const files = {
      'compose.yaml': `include: [a.yml]\nservices: {web: {${IMAGE}}}\n`,
      'a.yml': 'include: [compose.yaml]\n',
    };
    expect(found(stackOf(files))).toContain('error a.yml:1:11 compose.yaml includes itself');
  });
});
