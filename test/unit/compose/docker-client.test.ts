// belt asks a swarm for what `docker stack deploy` asks for: each sample is sent by the docker client of this machine to an engine that
// writes down what it is asked for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellWords } from '../../../src/compose/shell-words.ts';
import type { ConfigReference, SecretReference, ServiceSpec } from '../../../src/compose/spec.ts';
import { readStack } from '../../../src/compose/stack.ts';
import { essence, hasClient, type Sent, sentByDocker } from './docker-client.ts';
import { SAMPLE_FILES, SAMPLES } from './samples.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-compose-'));
  for (const [name, text] of Object.entries(SAMPLE_FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ours(text: string): { sent: Sent; errors: string[] } {
  const files = new Map(
    Object.entries(SAMPLE_FILES).map(([name, content]) => [join(folder, name), Buffer.from(content)]),
  );
  files.set(join(folder, 'stack.yml'), Buffer.from(text));
  const stack = readStack({
    files: ['stack.yml'],
    readFile: (path) => files.get(path),
    environment: { HOME: folder, PATH: process.env['PATH'] },
    cwd: folder,
    home: folder,
    name: 'app',
  });
  const data = (kind: 'configs' | 'secrets') =>
    stack[kind]
      .filter(({ external }) => !external)
      .map(({ name: Name, labels: Labels, data: content, driver: Driver, templateDriver }) => ({
        Name,
        Labels,
        Data: content?.toString('base64'),
        Driver,
        Templating: templateDriver === undefined ? undefined : { Name: templateDriver },
      }));
  const sent = {
    services: stack.services.map(({ spec }) => ({ ...spec })),
    networks: stack.networks.filter(({ external }) => !external).map(({ name: Name, body }) => ({ Name, ...body })),
    configs: data('configs'),
    secrets: data('secrets'),
    failed: undefined,
  };
  const errors = stack.findings.filter(({ severity }) => severity === 'error').map(({ text: said }) => said);
  return { sent: sent as unknown as Sent, errors };
}

/** By name, and with what an engine takes for what is not given: a replica, TCP through the ingress network. */
function comparable(sent: Sent): unknown {
  const byName = (list: { Name?: string }[]) => list.toSorted((a, b) => (a.Name! < b.Name! ? -1 : 1));
  const services = sent.services.map((service) => {
    const { Mode, EndpointSpec, TaskTemplate, ...rest } = service as unknown as ServiceSpec;
    const [[mode, many] = ['Replicated', {}]] = Object.entries(Mode);
    const counts = mode === 'Replicated' ? { Replicas: 1 } : { MaxConcurrent: 1, TotalCompletions: 1 };
    const isGlobal = mode.startsWith('Global');
    const Ports = EndpointSpec?.Ports?.map((port) => ({
      ...port,
      Protocol: port.Protocol || 'tcp',
      PublishMode: port.PublishMode || 'ingress',
    }));
    // The client keeps those of one config in no order.
    const { Configs, Secrets } = TaskTemplate.ContainerSpec;
    for (const references of [Configs, Secrets]) references?.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return {
      ...rest,
      TaskTemplate,
      EndpointSpec: { ...EndpointSpec, Ports },
      Mode: `${mode} ${JSON.stringify(isGlobal ? {} : { ...counts, ...many })}`,
    };
  });
  return essence({
    services: byName(services),
    networks: byName(sent.networks),
    configs: byName(sent.configs),
    secrets: byName(sent.secrets),
  });
}

const keyOf = (reference: ConfigReference | SecretReference): string =>
  `${'ConfigName' in reference ? reference.ConfigName : reference.SecretName} ${reference.File?.Name}`;

describe.skipIf(!hasClient)('as docker stack deploy', () => {
  test.each(Object.entries(SAMPLES))('%s', async (_name, text) => {
    writeFileSync(join(folder, 'stack.yml'), text);
    const theirs = await sentByDocker(folder, 'stack.yml', 'app');
    expect(theirs.failed).toBeUndefined();
    const { sent, errors } = ours(text);
    expect(errors).toEqual([]);
    expect(comparable(sent)).toEqual(comparable(theirs));
  });

  test('scalars, commands, volumes and ports at random', async () => {
    const [values, commands, volumes, ports] = fc.sample(RANDOM, { seed: 12, numRuns: 1 })[0]!;
    const text = [
      'services:',
      '  scalars: {image: "a:1", environment: {',
      ...values.map((value, n) => `    V${n}: ${value},`),
      '    }}',
      ...commands.flatMap((command, n) => [`  c${n}:`, '    image: a:1', `    command: ${JSON.stringify(command)}`]),
      ...volumes.flatMap((volume, n) => [`  v${n}: {image: "a:1", volumes: [${JSON.stringify(volume)}]}`]),
      ...ports.flatMap((port, n) => [`  p${n}: {image: "a:1", ports: [${JSON.stringify(port)}]}`]),
      'volumes: {data: {}, xy: {}}',
      '',
    ].join('\n');
    writeFileSync(join(folder, 'stack.yml'), text);
    const theirs = await sentByDocker(folder, 'stack.yml', 'app');
    expect(theirs.failed).toBeUndefined();
    const { sent } = ours(text);
    expect(comparable(sent)).toEqual(comparable(theirs));
  });
});

/** What Docker's own reader takes; that belt refuses what it refuses is tested by examples. */
const digits = (letters: string, most = 5) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: most });
const scalar = fc.oneof(
  digits('0123456789'),
  digits('01234567').map((text) => `0${text}`),
  digits('0123456789abcdefABCDEF').map((text) => `0x${text}`),
  digits('01234567').map((text) => `0o${text}`),
  digits('01').map((text) => `-0b${text}`),
  fc.tuple(digits('0123456789', 20), digits('0123456789', 8)).map((parts) => parts.join('.')),
  fc.tuple(digits('123456789', 2), fc.integer({ min: -12, max: 12 })).map((parts) => parts.join('e')),
  digits('0123456789_', 8).map((text) => `1${text}`),
  fc.constantFrom(
    'yes',
    'No',
    'on',
    '~',
    'null',
    '1:30',
    '1.2.3',
    '+5',
    '-0',
    '.5',
    '5.',
    '1e',
    '08',
    '09.5',
    '0x',
    '1_',
    '"1.10"',
  ),
  fc.constantFrom("'it''s'", '"tab\\t\\u00e4"', 'a-b', 'ä', 'x#y', '0.1e-5', '1E+3', '123456789012345678'),
);
const shell = fc
  .string({ unit: fc.constantFrom('a', 'b', ' ', '"', "'", '\\', '#', '\n', 'ä'), maxLength: 12 })
  .filter((text) => shellWords(text) !== undefined);
const mount = (sources: string[], options: string[]) =>
  fc
    .tuple(fc.constantFrom(...sources), fc.constantFrom('/t', '/a b', '/t.d'), fc.constantFrom(...options))
    .map((parts) => parts.join(''));
const volume = fc.oneof(
  mount(['data:', 'xy:'], ['', ':ro', ':rw,nocopy', ':z']),
  mount(['./y:', '/abs:', '~/z:', '../up:', '.:'], ['', ':ro', ':rshared', ':ro,slave']),
  mount([''], ['']),
);
const port = fc
  .tuple(
    fc.constantFrom('', '127.0.0.1:', '[::1]:'),
    fc.integer({ min: 1, max: 65_000 }),
    fc.integer({ min: 1, max: 65_000 }),
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom('', '/tcp', '/udp', '/sctp'),
  )
  .map(([ip, published, target, more, protocol]) => `${ip}${range(published, more)}:${range(target, more)}${protocol}`);
const range = (from: number, more: number): string => (more === 0 ? `${from}` : `${from}-${from + more}`);
const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 60, maxLength: 60 });
const RANDOM = fc.tuple(fc.array(scalar, { minLength: 200, maxLength: 200 }), many(shell), many(volume), many(port));
