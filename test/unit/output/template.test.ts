import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillTemplate, mentions, readTemplate } from '../../../src/output/template.ts';

const FIELDS = ['name', 'address', 'tags', 'ssh.port', 'swarm.labels.'];
const NODE = {
  name: 'node1',
  address: null,
  tags: ['a', 'b'],
  ssh: { port: 22 },
  swarm: { labels: { tier: 'web', 'com.example.x': '1', constructor: 'yes' } },
};

const filled = (text: string) => fillTemplate(readTemplate(text, FIELDS), NODE);

test.each([
  ['', ['']],
  ['plain', ['plain']],
  ['{{.name}}', ['node1']],
  ['{{ .name }}:{{.ssh.port}}', ['node1:22']],
  ['{{.name}}\\t{{.address}}|', ['node1\t|']],
  ['{{.name}}\\n{{.tags}}', ['node1', 'a,b']],
  ['{{.ssh}}', ['{"port":22}']],
  ['{{.swarm.labels.tier}} {{.swarm.labels.none}}', ['web ']],
  ['{{.swarm.labels.com.example.x}}', ['1']],
  ['{{.swarm.labels.toString}}', ['']],
  ['} {name} }}', ['} {name} }}']],
])('%j', (text, lines) => {
  expect(filled(text)).toEqual(lines);
});

describe('what is no field', () => {
  const hint = 'fields are .name, .address, .tags, .ssh.port, .swarm.labels.KEY';
  test.each([
    ['{{.nme}}', '--format: there is no field .nme', hint],
    ['{{.ssh.prt}}', '--format: there is no field .ssh.prt', hint],
    ['{{.name.first}}', '--format: there is no field .name.first', hint],
    ['{{.na}}', '--format: there is no field .na', hint],
    ['{{name}}', '--format: {{name}} is not a field', hint],
    ['{{json .}}', '--format: {{json .}} is not a field', hint],
    ['{{if .name}}x{{end}}', '--format: {{if .name}} is not a field', hint],
    ['{{}}', '--format: {{}} is not a field', hint],
    ['{{.name', '--format: "{{.name" has a {{ without its }}', 'such as {{.name}}'],
  ])('%j', (text, message, hint) => {
    expect(() => readTemplate(text, FIELDS)).toThrow(expect.objectContaining({ message, hint, exitCode: 2 }));
  });
});

test('whether it says something of a mapping', () => {
  expect(mentions(readTemplate('swarm {{.name}}', FIELDS), 'swarm')).toBe(false);
  expect(mentions(readTemplate('{{.swarm.labels.a}}', FIELDS), 'swarm')).toBe(true);
});

test('a value is data: it adds no line and steers no terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const [line, ...others] = fillTemplate(readTemplate('{{.name}}', FIELDS), { name });
      expect(others).toEqual([]);
      expect(line).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
    }),
    { seed: 20260101 },
  );
});
