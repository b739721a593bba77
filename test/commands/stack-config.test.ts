import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
afterAll(() => w.end());

test('prints the stack that a file asks for', async () => {
  w.write('shop/compose.yaml', 'services:\n  web:\n    image: nginx:1.27\n    ports: ["80:80"]\n');
  expect(await w.belt('stack config -c shop/compose.yaml')).toEqual({
    code: 0,
    stdout: `name: shop
services:
  - name: web
    spec:
      Name: shop_web
      Labels:
        com.docker.stack.namespace: shop
        com.docker.stack.image: nginx:1.27
      TaskTemplate:
        ContainerSpec:
          Image: nginx:1.27
          Labels:
            com.docker.stack.namespace: shop
        Resources: {}
        Placement: {}
        Networks:
          - Target: shop_default
            Aliases:
              - web
      Mode:
        Replicated:
          Replicas: 1
      EndpointSpec:
        Ports:
          - Protocol: tcp
            TargetPort: 80
            PublishedPort: 80
            PublishMode: ingress
    dependsOn: []
networks:
  - key: default
    name: shop_default
    external: false
    body:
      Driver: overlay
      Labels:
        com.docker.stack.namespace: shop
volumes: []
configs: []
secrets: []
`,
    stderr: '',
  });
});

test('what is wrong is told with its place, and nothing is printed', async () => {
  w.write(
    'bad/compose.yaml',
    [
      'services:',
      '  web:',
      '    imgae: nginx:1.27',
      '    environment:',
      '      PASSWORD: ${DB_PASSWORD}',
      '      HASH: $2y$05$abcdefghijkl',
      '    ports: ["127.0.0.1:99:99"]',
      '',
    ].join('\n'),
  );
  expect(await w.belt('stack config -c bad/compose.yaml')).toEqual({
    code: 2,
    stdout: '',
    stderr: `warning: bad/compose.yaml:7:13: web: port 99 is for 127.0.0.1 alone, but Swarm publishes it on every address of every node (leave ports out where only services of the stack need it)
error: the files of stack bad have 4 errors
  bad/compose.yaml:2:3: web: it has no image
  bad/compose.yaml:3:5: web: unknown key "imgae" (did you mean "image"?)
  bad/compose.yaml:5:17: DB_PASSWORD is not set (set it in .env or the environment, or give a default: \${DB_PASSWORD:-…})
  bad/compose.yaml:6:13: a dollar sign that begins no variable (for dollar signs as text write each twice: $$)
`,
  });
});

test('from standard input, with a name, as JSON', async () => {
  const input =
    'services: {web: {image: "nginx:1.27", container_name: w, secrets: [s]}}\nsecrets: {s: {environment: TOKEN}}\n';
  const { code, stdout, stderr } = await w.belt('stack config -c - --json app', {
    input,
    env: { TOKEN: 'made-up-token' },
  });
  const { name, services, secrets, findings } = JSON.parse(stdout);
  expect({ code, name, secrets }).toEqual({
    code: 0,
    name: 'app',
    secrets: [{ key: 's', name: 'app_s', external: false, labels: { 'com.docker.stack.namespace': 'app' } }],
  });
  expect(services[0].spec.Name).toBe('app_web');
  expect(findings).toEqual([
    {
      severity: 'dropped',
      service: 'web',
      text: 'container_name: a service has a task on each of several nodes, and each task a name of its own',
      at: { file: '-', line: 1, column: 39 },
    },
  ]);
  expect(stderr).toBe(`warning: left out, as Swarm does not support it:
  -:1:39: web: container_name: a service has a task on each of several nodes, and each task a name of its own
`);
  expect(stdout + stderr).not.toContain('made-up-token');
  expect(stdout).not.toContain(Buffer.from('made-up-token').toString('base64'));
});

test.skipIf(process.platform === 'win32')('from pipes, as a shell has them in <(…)', async () => {
  // What the file names is here, not next to the pipe.
  w.write('hello.txt', 'hello');
  w.write('pipes/other.txt', '');
  const cwd = join(w.cwd, 'pipes');
  execFileSync('mkfifo', ['file', 'variables'], { cwd });
  const text = 'services: {web: {image: "nginx:$TAG"}}\nconfigs: {c: {file: hello.txt}}\n';
  execFile('sh', ['-c', `printf '%s' "$1" > file`, 'sh', text], { cwd });
  execFile('sh', ['-c', 'echo TAG=1.27 > variables'], { cwd });
  const words = `stack config -c ${cwd}/file --env-file ${cwd}/variables --json shop`;
  const { code, stdout, stderr } = await w.belt(words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout).services[0].spec.TaskTemplate.ContainerSpec.Image).toBe('nginx:1.27');
});

test.each([
  ['/dev/zero', '/dev/zero: it is larger than 1 MiB'],
  ['silent', `${join(w.cwd, 'silent')}: it is a pipe to which nothing was written`],
])('-c %s ends', async (path, why) => {
  if (path === 'silent') execFileSync('mkfifo', [join(w.cwd, path)]);
  expect(await w.belt(`stack config -c ${path}`)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: cannot read ${why}\n`,
  });
});

test('--strict makes an error of what Swarm does not support', async () => {
  w.write('strict/compose.yaml', 'services: {web: {image: "nginx:1.27", privileged: true}}\n');
  expect(await w.belt('stack config --strict', { cwd: `${w.cwd}/strict` })).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: the files of stack strict have 1 error
  compose.yaml:1:39: web: privileged: Swarm has no privileged tasks (give the rights that it needs: cap_add: [NET_ADMIN])
`,
  });
});

test('a file that is not there, where another is', async () => {
  w.write('near/compose.yaml', 'services: {web: {image: "nginx:1.27"}}\n');
  expect(await w.belt('stack config -c compose.yml', { cwd: `${w.cwd}/near` })).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: there is no file compose.yml\nhint: here is: compose.yaml\n',
  });
});

test.each([
  [
    '-c nowhere.yml',
    'error: there is no file nowhere.yml\nhint: paths are relative to the folder that belt is started in; see: ls\n',
  ],
  ['', 'error: there is no compose.yaml here\nhint: name the file: -c FILE\n'],
  ['-c .', `error: cannot read ${w.cwd}: it is a folder\n`],
])('stack config %s', async (words, stderr) => {
  expect(await w.belt(`stack config ${words}`)).toEqual({ code: 2, stdout: '', stderr });
});
