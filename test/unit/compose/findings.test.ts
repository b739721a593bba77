import { describe, expect, test } from 'vitest';
import { container, found, service, stackOf } from './fixture.ts';

const IMAGE = 'image: nginx:1.27';
/** One service, of these lines. */
const web = (...lines: string[]) =>
  stackOf(['services:', '  web:', ...lines.map((line) => `    ${line}`), ''].join('\n'));

describe('variables', () => {
  test('one that is not set is an error, and with allowUnset a warning', () => {
    const text = `services:\n  web:\n    hostname: \${TAG}\n    environment: [A=$B, "C=\${TAG}"]\n    ${IMAGE}\n`;
    expect(found(stackOf(text))).toEqual([
      'error compose.yaml:3:15 TAG is not set (set it in .env or the environment, or give a default: ${TAG:-…})',
      'error compose.yaml:4:19 B is not set (set it in .env or the environment; for a dollar sign as text write $$B)',
      'error compose.yaml:4:25 TAG is not set (set it in .env or the environment, or give a default: ${TAG:-…})',
    ]);
    expect(found(stackOf(text, { allowUnset: true }))).toEqual([
      'warning compose.yaml:3:15 TAG is not set: it is empty here',
      'warning compose.yaml:4:19 B is not set: it is empty here',
      'warning compose.yaml:4:25 TAG is not set: it is empty here',
    ]);
  });

  test('belt’s own token is not given to a Compose file, whatever way it asks for it', () => {
    const environment = { DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_made-up', DIGITALOCEAN_TOKEN: 'dop_v1_made-up-too' };
    const text = [
      'services:',
      '  web:',
      `    ${IMAGE}`,
      '    environment:',
      '      A: ${DIGITALOCEAN_ACCESS_TOKEN}',
      '      B: ${DIGITALOCEAN_TOKEN:?}',
      '      DIGITALOCEAN_TOKEN:',
      '    configs: [k]',
      'configs:',
      '  k: {environment: DIGITALOCEAN_ACCESS_TOKEN}',
      '',
    ].join('\n');
    const words = (name: string) =>
      `${name} is not taken from the environment: it is belt's own token (to give it to a service all the same, set it in .env, or export it under another name)`;
    const errors = [
      `error compose.yaml:5:10 ${words('DIGITALOCEAN_ACCESS_TOKEN')}`,
      `error compose.yaml:6:10 ${words('DIGITALOCEAN_TOKEN')}`,
      'warning compose.yaml:7:26 web: environment: DIGITALOCEAN_TOKEN is not set here: the service does not have it',
      `error compose.yaml:10:20 ${words('DIGITALOCEAN_ACCESS_TOKEN')}`,
    ];
    expect(found(stackOf(text, { environment })).toSorted()).toEqual(errors.toSorted());
    // --allow-unset does not make an empty one of it.
    expect(found(stackOf(text, { environment, allowUnset: true })).toSorted()).toEqual(errors.toSorted());
    expect(JSON.stringify(stackOf(text, { environment }))).not.toContain('dop_v1_made-up');
    const own = { 'compose.yaml': text, '.env': 'DIGITALOCEAN_ACCESS_TOKEN=a\nDIGITALOCEAN_TOKEN=b\n' };
    expect(container(stackOf(own, { environment })).Env).toEqual(['A=a', 'B=b', 'DIGITALOCEAN_TOKEN=b']);
  });

  test('nothing is told of what may be the rest of a password', () => {
    const text = `services:\n  web:\n    ${IMAGE}\n    environment: {A: pa$sw0rd}\n    env_file: a.env\n`;
    const files = { 'compose.yaml': text, 'a.env': 'B=pa$sw0rd\n' };
    expect(found(stackOf(files))).toEqual([
      'error compose.yaml:4:22 a $ in the value begins a variable that is not set (set it in .env or the environment; for a dollar sign as text write it twice: $$)',
      'error a.env:1:1 web: a $ in the value begins a variable that is not set (set it in .env or the environment; for a dollar sign as text put the value in single quotes)',
    ]);
    expect(found(stackOf(files, { allowUnset: true }))).toEqual([
      'warning compose.yaml:4:22 a $ in the value begins a variable that is not set: it is empty here',
      'warning a.env:1:1 web: a $ in the value begins a variable that is not set: it is empty here',
    ]);
  });

  const LONG = `made-up-${'x'.repeat(60)}`;
  const CUT = `made-up-${'x'.repeat(31)}…`;
  test.each([
    [`ports: [${LONG}]`, `4:13 web: ports: "${CUT}" is not [PUBLISHED:]TARGET[/PROTOCOL]`],
    [`extra_hosts: [${LONG}]`, `4:18 web: extra_hosts: "${CUT}" is not NAME:ADDRESS`],
    [`secrets: [${LONG}]`, `4:15 web: secrets: there is no secret "${CUT}"`],
    [`${LONG}: 1`, `4:5 web: unknown key "${CUT}"`],
    [`hostname: \${X:?${LONG}}`, `4:15 X is not set: ${CUT} (set X in .env or the environment)`],
  ])('no more is told of a long text than tells which one it is: %s', (line, expected) => {
    expect(found(web(IMAGE, line))).toEqual([`error compose.yaml:${expected}`]);
  });

  test.each([
    ['file', `there is no file ${CUT}`],
    ['environment', `${CUT} is not set (set ${CUT} in .env or the environment)`],
  ])('nor of a secret’s %s', (source, expected) => {
    const stack = stackOf(`services:\n  web: {${IMAGE}}\nsecrets: {s: {${source}: ${LONG}}}\n`);
    expect(found(stack)).toEqual([expect.stringContaining(expected)]);
  });

  test('one that is required says why', () => {
    expect(found(web(IMAGE, 'hostname: ${DOMAIN:?the name of the site}'))).toEqual([
      'error compose.yaml:4:15 DOMAIN is not set: the name of the site (set DOMAIN in .env or the environment)',
    ]);
  });

  test.each(['$2y$05$abcdefghijkl', '$apr1$Ab3$xyzxyzxyz', 'a$', 'my$(secret)'])(
    'a swallowed dollar sign in %s is an error, also with allowUnset',
    (text) => {
      const lines = `services:\n  web:\n    ${IMAGE}\n    environment:\n      HASH: ${text}\n`;
      expect(found(stackOf(lines, { allowUnset: true }))).toEqual([
        `error compose.yaml:5:13 a dollar sign that begins no variable (for dollar signs as text write each twice: $$)`,
      ]);
    },
  );

  test('the environment comes before .env, --env-file in its place', () => {
    const files = {
      'compose.yaml': `services:\n  web: {${IMAGE}, environment: {A: "$A", B: "$B", C: "$C", D: "$D"}}\n`,
      '.env': 'A=file\nB="quoted # not a comment" # a comment\nC=\'$literal\'\nD=${A}-$B\n',
      'prod.env': 'A=1\nB=2\nC=3\nD=4\n',
      'more.env': 'D=5\n',
    };
    expect(container(stackOf(files, { environment: { A: 'own' } })).Env).toEqual([
      'A=own',
      'B=quoted # not a comment',
      'C=$literal',
      'D=own-quoted # not a comment',
    ]);
    expect(container(stackOf(files, { envFiles: ['prod.env', 'more.env'] })).Env).toEqual(['A=1', 'B=2', 'C=3', 'D=5']);
  });

  test('what is wrong in .env is told where it is used', () => {
    const files = (used: string) => ({
      'compose.yaml': `services:\n  web: {${IMAGE}, hostname: "$${used}"}\n`,
      '.env': 'FINE=x\nHASH=$2y$05$abcdefghijkl\n',
    });
    expect(found(stackOf(files('FINE')))).toEqual([]);
    expect(found(stackOf(files('HASH')))).toEqual([
      'error .env:2:1 a dollar sign that begins no variable (for dollar signs as text put the value in single quotes)',
    ]);
  });

  test('in env_files too, where --allow-unset counts as well', () => {
    const files = {
      'compose.yaml': `services:\n  web: {${IMAGE}, env_file: a.env}\n`,
      'a.env': 'A=x\nB=${A}y\nC=$NOWHERE\nD=${X:?why}\nE=a$\n',
    };
    const others = [
      'error a.env:4:1 web: X is not set: why (set X in .env or the environment)',
      'error a.env:5:1 web: a dollar sign that begins no variable (for dollar signs as text put the value in single quotes)',
    ];
    expect(found(stackOf(files))).toEqual([
      'error a.env:3:1 web: NOWHERE is not set (set it in .env or the environment; for a dollar sign as text put the value in single quotes)',
      ...others,
    ]);
    const stack = stackOf(files, { allowUnset: true });
    expect(found(stack)).toEqual(['warning a.env:3:1 web: NOWHERE is not set: it is empty here', ...others]);
    expect(container(stack).Env).toEqual(['A=x', 'B=xy', 'C=', 'D=', 'E=a$']);
  });

  test('keys of the user’s own are not read, unless something refers to them', () => {
    const text = (rest: string) => `x-a: &a {hostname: "$NO"}\nservices:\n  web: {${IMAGE}${rest}}\n`;
    expect(found(stackOf(text('')))).toEqual([]);
    expect(found(stackOf(text(', <<: *a')))).toHaveLength(1);
  });
});

describe('what Swarm does not support', () => {
  test('is told key by key', () => {
    const lines = web(
      IMAGE,
      'container_name: web',
      'privileged: true',
      'devices: [/dev/fuse]',
      'expose: ["80"]',
      'network_mode: host',
      'pull_policy: always',
      'networks: {default: {ipv4_address: 192.0.2.3}}',
    );
    expect(found(lines)).toEqual([
      'dropped compose.yaml:4:5 web: container_name: a service has a task on each of several nodes, and each task a name of its own',
      'dropped compose.yaml:5:5 web: privileged: Swarm has no privileged tasks (give the rights that it needs: cap_add: [NET_ADMIN])',
      'dropped compose.yaml:6:5 web: devices: Swarm gives tasks no devices',
      'dropped compose.yaml:7:5 web: expose: not needed: services of one network reach each other’s ports',
      'dropped compose.yaml:8:5 web: network_mode: Swarm attaches tasks to networks (for the node’s own: networks: {hostnet: {}}, and networks: {hostnet: {external: true, name: host}})',
      'dropped compose.yaml:9:5 web: pull_policy: each node pulls what it does not have',
      'dropped compose.yaml:10:26 web: networks.default.ipv4_address: Swarm chooses the addresses of tasks',
    ]);
  });

  test('what older keys say is honoured', () => {
    const stack = web(
      IMAGE,
      'scale: 3',
      'mem_limit: 512m',
      'cpus: 0.5',
      'tmpfs: ["/run:size=64m,mode=1777", /tmp]',
      'shm_size: 128m',
      'group_add: [33]',
      'dns_opt: [ndots:1]',
      'oom_score_adj: 100',
    );
    expect(found(stack)).toEqual([]);
    const { spec } = service(stack, 'web');
    expect(spec.Mode).toEqual({ Replicated: { Replicas: 3 } });
    expect(spec.TaskTemplate.Resources).toEqual({ Limits: { NanoCPUs: 500_000_000, MemoryBytes: 536_870_912 } });
    expect(container(stack)).toMatchObject({
      Mounts: [
        { Type: 'tmpfs', Target: '/run', TmpfsOptions: { SizeBytes: 67_108_864, Mode: 0o1777 } },
        { Type: 'tmpfs', Target: '/tmp' },
        { Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: 134_217_728 } },
      ],
      Groups: ['33'],
      DNSConfig: { Options: ['ndots:1'] },
      OomScoreAdj: 100,
    });
  });

  test('a volume may have a name of one letter', () => {
    const stack = stackOf(`services: {web: {${IMAGE}, volumes: ["x:/x:ro,z"]}}\nvolumes: {x: {}}\n`);
    expect(container(stack).Mounts).toMatchObject([{ Type: 'volume', Source: 'shop_x', Target: '/x', ReadOnly: true }]);
    expect(found(stack)).toEqual(['dropped compose.yaml:1:47 web: volumes: z has no effect on a volume']);
  });

  test('conditions of depends_on are kept for whoever starts the services', () => {
    const stack = stackOf(
      `services:\n  web: {${IMAGE}, depends_on: {db: {condition: service_healthy}, tool: {required: false}}}\n  db: {image: "postgres:17"}\n  tool: {${IMAGE}, profiles: [dev]}\n`,
    );
    expect(found(stack).filter((line) => line.startsWith('dropped'))).toEqual([]);
    expect(service(stack, 'web').dependsOn).toMatchObject([{ service: 'db', condition: 'service_healthy' }]);
  });
});

describe('what a swarm does otherwise', () => {
  test.each([
    [
      ['image: nginx'],
      '3:12 web: image nginx has no tag, which means latest: what runs may change without a change of the file (name a version)',
    ],
    [
      ['image: r.example:5000/nginx:latest'],
      '3:12 web: image r.example:5000/nginx:latest is latest: what runs may change without a change of the file (name a version)',
    ],
    [
      [IMAGE, 'ports: ["127.0.0.1:99:98"]'],
      '4:13 web: port 99 is for 127.0.0.1 alone, but Swarm publishes it on every address of every node (leave ports out where only services of the stack need it)',
    ],
    [
      [IMAGE, 'restart: "no"'],
      '4:14 web: restart: "no" means nothing to Swarm: a task that ends is started again (for a task that runs once: deploy: {restart_policy: {condition: none}})',
    ],
    [
      [IMAGE, 'volumes: ["./html:/html"]'],
      '4:15 web: bind mount ./html: /shop/html has to be on every node that may get a task; nothing is sent from here (a config or a secret brings a file to the nodes)',
    ],
    [
      [IMAGE, 'volumes: [{type: bind, source: /srv, target: /srv}]'],
      '4:15 web: bind mount /srv: /srv has to be on every node that may get a task; nothing is sent from here',
    ],
    [
      [
        IMAGE,
        'healthcheck: {test: a}',
        'ports: [{target: 80, published: 80, mode: host}]',
        'deploy: {update_config: {order: start-first}}',
      ],
      '5:13 web: host port 80 with start-first: the new task waits for a node on which the old one does not hold the port (deploy: {update_config: {order: stop-first}})',
    ],
    [
      [IMAGE, 'deploy: {update_config: {order: start-first}}'],
      '4:37 web: start-first without a healthcheck: the old task goes as soon as the new one runs, ready or not (add a healthcheck, unless the image has one)',
    ],
    [
      [IMAGE, `depends_on: {db: {condition: service_healthy}}\n  db: {${IMAGE}}`],
      '4:22 web: depends_on: db has no healthcheck here, and counts as healthy as soon as it runs (add a healthcheck to it, unless its image has one)',
    ],
    [
      [IMAGE, 'environment: {VERSION: 1.10}'],
      '4:28 web: environment.VERSION: 1.10 is the number 1.1 (for the text write "1.10")',
    ],
    [
      [IMAGE, 'environment: [NOWHERE]'],
      '4:19 web: environment: a name without a value is not set here: the service does not have it',
    ],
    [
      [IMAGE, 'environment: {NOWHERE: }'],
      '4:28 web: environment: NOWHERE is not set here: the service does not have it',
    ],
  ])('%s', (lines, expected) => {
    expect(found(web(...lines))).toEqual([`warning compose.yaml:${expected}`]);
  });

  test.each([
    ['image: nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000'],
    ['image: "[2001:db8::1]:5000/a/b_c--d:v1.0"'],
    [
      'image: r.example:5000/nginx:1',
      'volumes: ["/var/run/docker.sock:/var/run/docker.sock", "/etc/localtime:/etc/localtime"]',
    ],
    [IMAGE, 'restart: "no"', 'deploy: {restart_policy: {condition: none}}'],
    [IMAGE, 'ports: ["0.0.0.0:80:80"]'],
  ])('%s needs no word', (...lines) => {
    expect(found(web(...lines))).toEqual([]);
  });

  test('two services that publish one port', () => {
    const ports = (a: string, b: string) =>
      found(stackOf(`services:\n  a: {${IMAGE}, ports: [${a}]}\n  b: {${IMAGE}, ports: [${b}]}\n`));
    const host = '{target: 80, published: 80, mode: host}';
    expect(ports('"80:80"', '"80:81"')).toEqual([
      'error compose.yaml:3:34 b: a publishes port 80/tcp too: Swarm gives a port to one service',
    ]);
    expect(ports('"80:80"', '"80:81/udp"')).toEqual([]);
    expect(ports(host, host)).toEqual([
      'warning compose.yaml:3:34 b: a publishes port 80/tcp of its nodes too: no node can run both',
    ]);
  });

  test('one service that publishes a port twice, whatever the mode', () => {
    const host = (target: number) => `{target: ${target}, published: 80, mode: host}`;
    for (const ports of ['"80:80", "80:81"', `${host(80)}, ${host(81)}`, `"80:80", ${host(81)}`]) {
      const [only, ...others] = found(stackOf(`services:\n  a: {${IMAGE}, ports: [${ports}]}\n`));
      expect(only).toMatch(/^error compose\.yaml:2:\d+ a: port 80\/tcp is published twice: Swarm takes each once$/);
      expect(others).toEqual([]);
    }
  });

  test('a mode that is meant to be octal', () => {
    const stack = stackOf(
      `services:\n  web: {${IMAGE}, secrets: [{source: s, mode: 440}]}\nsecrets: {s: {external: true}}\n`,
    );
    expect(found(stack)).toEqual([
      'warning compose.yaml:2:56 web: secrets.mode: 440 is decimal, and means 0670 (for the usual meaning write 0440)',
    ]);
  });
});

describe('errors', () => {
  test.each([
    [[IMAGE, 'deploy: {replicas: two}'], '4:24 web: deploy.replicas must be a whole number, not "two"'],
    [
      [IMAGE, 'deploy: {mode: global, replicas: 2}'],
      '4:38 web: deploy.replicas: a global service has one task on each node',
    ],
    [
      [IMAGE, 'deploy: {mode: global-job, update_config: {parallelism: 1}}'],
      '4:47 web: deploy.update_config: a job has none',
    ],
    [[IMAGE, 'deploy: {replicas: -1}'], '4:24 web: deploy.replicas must be from 0 to 100000'],
    [[IMAGE, 'deploy: {replicas: 99999999999999}'], '4:24 web: deploy.replicas must be from 0 to 100000'],
    [[IMAGE, 'scale: -1'], '4:12 web: scale must be from 0 to 100000'],
    [
      [IMAGE, 'deploy: {update_config: {parallelism: -3}}'],
      '4:43 web: deploy.update_config.parallelism must be from 0 to 2147483647',
    ],
    [
      [IMAGE, 'deploy: {update_config: {delay: -5s}}'],
      '4:37 web: deploy.update_config.delay must be from 0s to 100 years',
    ],
    [
      [IMAGE, 'deploy: {update_config: {max_failure_ratio: 2}}'],
      '4:49 web: deploy.update_config.max_failure_ratio must be from 0 to 1',
    ],
    [[IMAGE, 'stop_grace_period: 999999999h'], '4:24 web: stop_grace_period must be from 0s to 100 years'],
    [[IMAGE, 'mem_limit: 999999999t'], '4:16 web: mem_limit must be less than 8192t'],
    [[IMAGE, 'ports: [{target: 80, published: "70000"}]'], '4:37 web: ports.published must be from 0 to 65535'],
    [[IMAGE, 'ports: [{target: 0}]'], '4:22 web: ports.target must be from 1 to 65535'],
    [[IMAGE, 'ports: ["x"]'], '4:13 web: ports: "x" is not [PUBLISHED:]TARGET[/PROTOCOL]'],
    [[IMAGE, 'ports: ["80-81:80-82"]'], '4:13 web: ports: "80-81:80-82" is not [PUBLISHED:]TARGET[/PROTOCOL]'],
    [
      [IMAGE, 'volumes: ["data:/data"]'],
      '4:15 web: volumes: there is no volume "data" (declare it at the end of the file: volumes: {data: {}})',
    ],
    [
      [IMAGE, 'networks: [back]'],
      '4:16 web: networks: there is no network "back" (declare it at the end of the file: networks: {back: {}})',
    ],
    [[IMAGE, 'secrets: [password]'], '4:15 web: secrets: there is no secret "password"'],
    [[IMAGE, 'depends_on: [db]'], '4:18 web: depends_on: there is no service "db"'],
    [[IMAGE, 'healthcheck: {test: a, disable: true}'], '4:25 web: healthcheck: test and disable cannot both be given'],
    [[IMAGE, 'command: echo "x'], '4:14 web: command: a quote has no end'],
    [[IMAGE, 'stop_grace_period: 10'], '4:24 web: stop_grace_period must be a duration such as 10s or 1m30s, not "10"'],
    [[IMAGE, 'env_file: missing.env'], '4:15 web: there is no file missing.env'],
    [[IMAGE, 'hostnme: x'], '4:5 web: unknown key "hostnme" (did you mean "hostname"?)'],
    [[IMAGE, 'constructor: 2'], '4:5 web: unknown key "constructor"'],
    [[IMAGE, 'replicas: 2'], '4:5 web: unknown key "replicas" (did you mean "deploy.replicas"?)'],
    [[IMAGE, 'update_config: {}'], '4:5 web: unknown key "update_config" (did you mean "deploy.update_config"?)'],
    [['restart: always'], '2:3 web: it has no image'],
    [
      ['build: .'],
      '3:12 web: it has no image that nodes can pull: build: alone is not enough (build it here and put it on the nodes: belt deploy --push; or push it to a registry and name it here: image: …)',
    ],
    [['image: "app:"'], '3:12 web: image "app:" is not the name of an image'],
    [['image: Shop/App:1'], '3:12 web: image "Shop/App:1" is not the name of an image'],
  ])('%s', (lines, expected) => {
    expect(found(web(...lines))).toEqual([`error compose.yaml:${expected}`]);
  });

  test('what is to be built here has to be there for the nodes', () => {
    expect(found(web('image: shop/web:1', 'build: {context: ./web}'))).toEqual([
      'dropped compose.yaml:4:12 web: build: the image is not built, the nodes pull shop/web:1',
    ]);
  });

  test.each([
    ['configs: {c: {file: none.txt}}', '3:21 there is no file none.txt'],
    [
      'configs: {c: {file: a, content: b}}',
      '3:14 configs.c needs one of file, environment, content and external, not file and content',
    ],
    ['configs: {c: {}}', '3:14 configs.c needs one of file, environment, content and external'],
    ['secrets: {s: {environment: NOWHERE}}', '3:28 NOWHERE is not set (set NOWHERE in .env or the environment)'],
    ['configs: {c: {content: ""}}', '3:24 configs.c is empty, which the swarm does not take'],
    [
      'networks: {n: {driver: bridge}}',
      '3:24 networks.n: Swarm attaches no tasks to a bridge, which is one node’s own (driver: overlay, or no driver)',
    ],
    ['volume: {}', '3:1 unknown key "volume" (did you mean "volumes"?)'],
  ])('%s', (line, expected) => {
    expect(found(stackOf(`services:\n  web: {${IMAGE}}\n${line}\n`))).toEqual([`error compose.yaml:${expected}`]);
  });

  test('a secret that is too large', () => {
    const stack = stackOf({
      'compose.yaml': `services:\n  web: {${IMAGE}}\nsecrets: {s: {file: s.txt}}\n`,
      's.txt': 'x'.repeat(512_000),
    });
    expect(found(stack)).toEqual(['error compose.yaml:3:21 secrets.s has 512000 bytes; the swarm takes 511999']);
  });

  test.each([
    [
      'services: {web: {image: a\n',
      'compose.yaml:2:1: the "{" that begins before this is not closed, or what is in it is not indented',
    ],
    ['services: {}\n---\nservices: {}\n', 'compose.yaml:2:1: one document a file: another begins here'],
    ['a: 1\na: 2\n', 'compose.yaml:2:1: duplicate key "a"'],
    ['x-a: &a [*a]\n', 'compose.yaml:1:10: the alias refers to a value that contains it'],
    [
      `x-0: &x0 [a, a, a, a, a, a, a, a, a, a]\n${Array.from({ length: 6 }, (_, n) => `x-${n + 1}: &x${n + 1} [${`*x${n}, `.repeat(10)}]\n`).join('')}`,
      'compose.yaml:6:',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => stackOf(text)).toThrow(message);
  });
});

describe('configs and secrets', () => {
  test('come from files, from the text and from the environment', () => {
    const stack = stackOf(
      {
        'compose.yaml': `services:\n  web: {${IMAGE}}\nconfigs:\n  a: {file: ./a.txt}\n  b: {content: "port $PORT\\n"}\nsecrets:\n  c: {environment: TOKEN}\n  d: {name: mine, file: a.txt}\n  e: {external: true}\n`,
        'a.txt': 'ä',
        '.env': 'TOKEN=made-up\n',
      },
      { environment: { PORT: '80' } },
    );
    expect(found(stack)).toEqual([]);
    const all = [...stack.configs, ...stack.secrets].map(({ key, name, isNamed, external, data }) => [
      key,
      name,
      isNamed,
      external,
      data?.toString(),
    ]);
    expect(all).toEqual([
      ['a', 'shop_a', false, false, 'ä'],
      ['b', 'shop_b', false, false, 'port 80\n'],
      ['c', 'shop_c', false, false, 'made-up'],
      ['d', 'mine', true, false, 'ä'],
      ['e', 'e', false, true, undefined],
    ]);
  });
});

describe('names in the swarm', () => {
  const DNS = '(letters, digits, "-" and "_", a letter or a digit first and last)';
  const ANY = '(letters, digits, "-", "_" and ".", a letter or a digit first and last)';
  const kinds = (line: string) => found(stackOf({ 'compose.yaml': `services:\n  web: {${IMAGE}}\n${line}\n`, a: 'a' }));

  test.each([
    ['  "a b": {image: "a:1"}', `3:3 "a b": Swarm takes no name "shop_a b" ${DNS}`],
    ['  "x\\ny": {image: "a:1"}', `3:3 "x\\ny": Swarm takes no name "shop_x\\ny" ${DNS}`],
    ['  "": {image: "a:1"}', `3:3 "": Swarm takes no name "shop_" ${DNS}`],
    ['  a.b: {image: "a:1"}', `3:3 "a.b": Swarm takes no name "shop_a.b" ${DNS}`],
    ['configs: {../z: {file: a}}', `3:11 "configs.../z": Swarm takes no name "shop_../z" ${ANY}`],
    ['secrets: {s: {file: a, name: "a b"}}', `3:11 "secrets.s": Swarm takes no name "a b" ${ANY}`],
    ['networks: {n: {name: ""}}', `3:12 "networks.n": Swarm takes no name "" ${DNS}`],
    ['volumes: {../z: {}}', `3:11 "volumes.../z": Swarm takes no name "shop_../z" ${ANY}`],
    [
      `  ${'w'.repeat(60)}: {image: "a:1"}`,
      `3:3 "${'w'.repeat(39)}…": the name "shop_${'w'.repeat(34)}…" has 65 characters, Swarm takes 63`,
    ],
  ])('%s', (line, expected) => {
    expect(kinds(line)).toEqual([`error compose.yaml:${expected}`]);
  });

  test.each([
    `configs: {${'c'.repeat(70)}: {file: a}}`,
    'networks: {n: {external: true, name: "odd name"}}',
    'secrets: {a.b-c_d: {file: a}}',
  ])('%s is taken', (line) => {
    expect(kinds(line)).toEqual([]);
  });

  test.each(['configs', 'secrets'])('two %s with one name are an error', (kind) => {
    const text = (y: string) => `services:\n  web: {${IMAGE}}\n${kind}:\n  x: {file: a.txt}\n  y: {${y}}\n`;
    const of = (y: string) => found(stackOf({ 'compose.yaml': text(y), 'a.txt': 'a' }));
    expect(of('file: a.txt, name: shop_x')).toEqual([
      `error compose.yaml:5:3 ${kind}.y and ${kind}.x are both called "shop_x" (give one of them another name)`,
    ]);
    expect(of('file: a.txt, name: other')).toEqual([]);
  });

  test('two networks with one name as well, unless both exist already', () => {
    const of = (own: string) =>
      found(stackOf(`services:\n  web: {${IMAGE}}\nnetworks: {a: {name: n${own}}, b: {name: n${own}}}\n`));
    expect(of('')).toEqual([
      'error compose.yaml:3:26 networks.b and networks.a are both called "n" (give one of them another name)',
    ]);
    expect(of(', external: true')).toEqual([]);
  });
});

describe('the name, profiles and files', () => {
  test.each([
    ['name: my-app\n', {}, 'my-app'],
    ['', {}, 'shop'],
    ['name: my-app\n', { name: 'other' }, 'other'],
    ['name: "${N:-dflt}"\n', {}, 'dflt'],
    ['', { cwd: '/srv/My App_1!', files: ['/shop/compose.yaml'] }, 'shop'],
  ])('%s%o', (line, options, expected) => {
    expect(stackOf(`${line}services: {web: {${IMAGE}}}\n`, options).name).toBe(expected);
  });

  test('a name that no stack can have', () => {
    expect(() => stackOf(`name: "a b"\nservices: {web: {${IMAGE}}}\n`)).toThrow(
      'compose.yaml:1:7: a stack cannot be called "a b"',
    );
  });

  test('services of a profile are there when it is chosen', () => {
    const names = (options: object) =>
      stackOf(
        `services:\n  web: {${IMAGE}}\n  a: {${IMAGE}, profiles: [one, two]}\n  b: {${IMAGE}, profiles: [three]}\n`,
        options,
      ).services.map(({ name }) => name);
    expect(names({})).toEqual(['web']);
    expect(names({ profiles: ['two'] })).toEqual(['web', 'a']);
    expect(names({ environment: { COMPOSE_PROFILES: 'one,three' } })).toEqual(['web', 'a', 'b']);
    expect(names({ profiles: ['*'] })).toEqual(['web', 'a', 'b']);
  });

  test('a file that is not there', () => {
    expect(() => stackOf({}, { files: ['x.yml'] })).toThrow('there is no file x.yml');
    expect(() => stackOf({})).toThrow('there is no compose.yaml here');
    expect(() => stackOf({ 'compose.yaml': '' }, { envFiles: ['p.env'] })).toThrow('there is no file p.env');
  });

  test.each([
    ['a.env', 'KEY=made\nup  \nOWN\nkey\n'],
    ['{path: a.env, format: raw}', 'KEY=made\nup\nOWN\nkey\n'],
  ])('lines of %s that may be parts of a key are told by their numbers alone', (given, text) => {
    const yaml = `services: {web: {${IMAGE}, env_file: [${given}]}}\n`;
    const stack = stackOf({ 'compose.yaml': yaml, 'a.env': text }, { environment: { OWN: 'x' } });
    const told =
      'the line is a name without a value, and no variable of this name is set here (quote a value of several lines)';
    expect(found(stack)).toEqual([2, 4].map((line) => `warning a.env:${line}:1 web: ${told}`));
  });

  test('env_files: later ones count, raw ones are taken as they stand, the rest is told', () => {
    const stack = stackOf({
      'compose.yaml': `services:\n  web:\n    ${IMAGE}\n    env_file: [a.env, {path: b.env, format: raw}, {path: no.env, required: false}]\n`,
      'a.env': 'A=1\nB="x" # comment\nexport C=3\n',
      'b.env': 'A=2\nD="x" # $y\n',
    });
    expect(container(stack).Env).toEqual(['A=2', 'B=x', 'C=3', 'D="x" # $y']);
    expect(found(stack)).toEqual([
      'warning a.env:2:1 web: B is read as Compose reads it; docker stack deploy keeps quotes and comments',
    ]);
  });
});
