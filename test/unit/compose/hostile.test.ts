import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { found, stackOf } from './fixture.ts';
import { SAMPLES } from './samples.ts';

/** A sample with some of its pieces taken out, doubled or replaced by others. */
const broken = fc
  .tuple(
    fc.constantFrom(...Object.values(SAMPLES)),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat({ max: 12 }),
        fc.constantFrom(
          '',
          '[]',
          '{}',
          '~',
          '- ',
          ': ',
          '\n',
          '"',
          '$',
          '${',
          '*common',
          '&a',
          '<<: ',
          '!reset ',
          '0x',
          '{a: [b]}',
        ),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, cuts]) =>
    cuts.reduce((whole, [at, length, piece]) => {
      const from = at % (whole.length + 1);
      return whole.slice(0, from) + piece + whole.slice(from + length);
    }, text),
  );

test('a file that is broken anywhere is a stack with findings, or a usage error with its place', () => {
  fc.assert(
    fc.property(broken, (text) => {
      try {
        const stack = stackOf(text, { allowUnset: true, home: '/home' });
        for (const { at } of stack.findings) expect(at.line).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        expect(error.message).toMatch(/^compose\.yaml:\d+:\d+: /);
      }
    }),
    { seed: 5, numRuns: 400 },
  );
});

test.each([
  ['', '1:1 there is no service to deploy'],
  ['services:\n', '1:1 there is no service to deploy'],
  ['- a\n', '1:1 a Compose file is a mapping with the key "services"'],
  ['services: [a]\n', '1:11 services must be a mapping of names'],
  ['services: {web: }\n', '1:12 web: it has no image'],
  ['services: {web: a}\n', '1:17 web: a service must be a mapping, not "a"'],
  ['services: {web: {image: [a]}}\n', '1:25 web: image must be a text, not a list'],
  ['services: {web: {image: "a:1", ports: {a: b}}}\n', '1:39 web: ports must be a list, not a mapping'],
  [
    'services: {web: {image: "a:1", environment: hello}}\n',
    '1:45 web: environment must be a mapping, or a list of NAME=VALUE, not "hello"',
  ],
  [
    'services: {web: {image: "a:1", environment: {A: [1]}}}\n',
    '1:49 web: environment.A must be a text or a number, not a list',
  ],
  [
    'services: {web: {image: "a:1", environment: a-secret-in-the-wrong-place}}\n',
    '1:45 web: environment must be a mapping, or a list of NAME=VALUE, not a text',
  ],
])('%s', (text, expected) => {
  expect(found(stackOf(text))).toContain(`error compose.yaml:${expected}`);
});

test('files that are included over and over are read once each', () => {
  const link = (n: number) => [`x${n}.yaml`, `include: [x${n + 1}.yaml, ./././x${n + 1}.yaml]\n`];
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => link(n)));
  const last = { 'x40.yaml': 'services: {web: {image: "a:1"}}\n' };
  const stack = stackOf({ ...files, ...last }, { files: ['x0.yaml'] });
  expect(found(stack)).toEqual([]);
  expect(stack.services.map(({ name }) => name)).toEqual(['web']);
});

test('services that extend the same ones over and over are read once each', () => {
  const other = 'services: {base: {image: "a:1"}}\n';
  const users = Array.from({ length: 300 }, (_, n) => `  s${n}: {extends: {file: o.yaml, service: base}}\n`).join('');
  const stack = stackOf({ 'compose.yaml': `services:\n${users}`, 'o.yaml': other });
  expect(stack.services.map(({ spec }) => spec.TaskTemplate.ContainerSpec.Image)).toEqual(Array(300).fill('a:1'));
});

const services = (many: number, one: (n: number) => string) =>
  `services:\n${Array.from({ length: many }, (_, n) => `  s${n}: ${one(n)}\n`).join('')}`;

test.each([
  ['forwards', services(200, (n) => `{image: "a:1", extends: s${n + 1}}`)],
  ['backwards', services(200, (n) => `{image: "a:1"${n === 0 ? '' : `, extends: s${n - 1}`}}`)],
])('a long chain of extends ends with its place (%s)', (_, text) => {
  expect(() => stackOf(text)).toThrow(
    /^compose\.yaml:\d+:\d+: extends goes through over 50 services, which is more than belt will read$/,
  );
});

test('more services, or included files, than belt will read', () => {
  expect(() => stackOf(services(1001, () => '{image: "a:1"}'))).toThrow(
    'compose.yaml:2:3: 1001 services, which is more than belt will read',
  );
  const files = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x${n}.yaml`, 'services: {}\n']));
  const include = `include: [${Object.keys(files).join(', ')}]\n`;
  expect(() => stackOf({ ...files, 'compose.yaml': include })).toThrow(
    /^compose\.yaml:1:\d+: over 100 files are included, which is more than belt will read$/,
  );
});

test.each([
  ['closed', `${'${A:-'.repeat(20_000)}x${'}'.repeat(20_000)}`],
  ['open', '${A:-'.repeat(20_000)],
])('variables in defaults of others, too deep to read: %s', (_, text) => {
  expect(found(stackOf(`services: {web: {image: "a:1", hostname: '${text}'}}\n`))).toEqual([
    'error compose.yaml:1:42 variables are nested more than 50 deep',
  ]);
});

test('braces without an end are read once', () => {
  const text = '${A:-'.repeat(40);
  expect(found(stackOf(`services: {web: {image: "a:1", hostname: '${text}'}}\n`))).toHaveLength(1);
});

test('variables that grow with each line of .env', () => {
  const lines = Array.from({ length: 40 }, (_, n) => `A${n + 1}="\${A${n}}\${A${n}}"\n`).join('');
  const stack = stackOf({
    'compose.yaml': 'services: {web: {image: "a:1", hostname: "$A40"}}\n',
    '.env': `A0=x\n${lines}`,
  });
  expect(found(stack)).toContainEqual(expect.stringMatching(/^error \.env:\d+:1 a value is longer than 1 MiB$/));
});
