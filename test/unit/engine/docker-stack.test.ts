import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stackOfNode } from '../../../src/engine/docker-stack.ts';

const isSet = (name: string) => name === 'HERE';
const service = (image: string) => `services:\n  web:\n    image: ${image}\n`;

describe('variables that the node would fill in', () => {
  test.each<[string, string[]]>([
    ['app:${TAG}', ['TAG']],
    ['app:$TAG', ['TAG']],
    ['"$A-${B}"', ['A', 'B']],
    ['app:${TAG}-${TAG}', ['TAG']],
    ['app:${TAG:-latest}', []],
    ['app:${TAG-latest}', []],
    ['app:${TAG:?no tag}', []],
    ['app:${HERE:-latest}', ['HERE']],
    ['app:${HERE?no tag}', ['HERE']],
    ['app:${TAG:-${OTHER}}', ['OTHER']],
    ['app:$$TAG', []],
    ['app:$${TAG}', []],
    ['app:$$$TAG', ['TAG']],
    ['app:$', []],
    ['app:${', []],
    ['app # ${TAG}', []],
    ["'app:${TAG}'", ['TAG']],
  ])('%s', (image, variables) => expect(stackOfNode(service(image), { isSet })).toEqual({ variables, files: [] }));

  test('in lists and maps, not in keys', () => {
    const text =
      'services:\n  $KEY:\n    environment: [A=$ONE]\n    labels: {x: "${TWO}"}\n    command: |\n      $THREE\n';
    expect(stackOfNode(text, { isSet }).variables).toEqual(['ONE', 'TWO', 'THREE']);
  });

  test.each(['', 'services: [', '- a\n- b', 'x', '\t{', '---\n---\n'])('none in %j', (text) =>
    expect(stackOfNode(text, { isSet })).toEqual({ variables: [], files: [] }),
  );
});

describe('files that the node would read', () => {
  test.each<[string, string[]]>([
    ['secrets: {db: {file: ./db.txt}}', ['./db.txt']],
    ['secrets: {db: {external: true}}', []],
    ['configs: {c: {file: /etc/c}}', ['/etc/c']],
    ['services: {web: {env_file: web.env}}', ['web.env']],
    ['services: {web: {env_file: [a.env, b.env]}}', ['a.env', 'b.env']],
    ['services: {web: {env_file: [{path: a.env}]}}', ['a.env']],
    ['services: {web: {volumes: ["./data:/data"]}}', ['./data']],
    ['services: {web: {volumes: ["~/data:/data:ro"]}}', ['~/data']],
    ['services: {web: {volumes: ["/srv/data:/data", "data:/x", "/anon"]}}', []],
    ['services: {web: {volumes: [{type: bind, source: ../d, target: /d}]}}', ['../d']],
    ['services: {web: {volumes: [{type: volume, source: d, target: /d}]}}', []],
    ['services: [1, null]', []],
    ['secrets: 5', []],
  ])('%s', (text, files) => expect(stackOfNode(text, { isSet })).toEqual({ variables: [], files }));
});

test('an alias bomb is left to docker', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
  for (let n = 1; n < 12; n++) bomb.push(`a${n}: &a${n} [${Array(9).fill(`*a${n - 1}`)}]`);
  expect(stackOfNode(bomb.join('\n'), { isSet })).toEqual({ variables: [], files: [] });
});

test('no text makes it fail', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(stackOfNode(text, { isSet }).files)));
});
