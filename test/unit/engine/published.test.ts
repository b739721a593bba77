import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publishedPorts } from '../../../src/engine/published.ts';

const ports = (words: readonly string[]): string[] =>
  publishedPorts(words).map(({ first, last, protocol }) => `${first}${last > first ? `-${last}` : ''}/${protocol}`);
const said = (line: string): string[] => ports(line.split(' '));

describe('a line publishes', () => {
  test.each<[string, string[]]>([
    ['service create -p 8080:80 nginx', ['8080/tcp']],
    ['service create -p8080:80 nginx', ['8080/tcp']],
    ['service create -p=8080:80 nginx', ['8080/tcp']],
    ['service create -dp 8080:80 nginx', ['8080/tcp']],
    ['service create -tdqp8080:80 nginx', ['8080/tcp']],
    ['service create --publish 8080:80 nginx', ['8080/tcp']],
    ['service create --publish=53:53/udp nginx', ['53/udp']],
    ['service create -p 53:53/UDP -p 53:53/tcp nginx', ['53/udp', '53/tcp']],
    ['service create -p 8000-8010:80-90 nginx', ['8000-8010/tcp']],
    ['service create --publish published=8080,target=80 nginx', ['8080/tcp']],
    ['service create --publish mode=host,protocol=udp,target=80,published=8080 nginx', ['8080/udp']],
    ['service create --publish=published=8080,target=80,mode=host nginx', ['8080/tcp']],
    ['--debug --log-level info service create -p 8080:80 nginx', ['8080/tcp']],
    ['service create -p 8080:80 -p 8080:80 -p 443:443 nginx', ['8080/tcp', '443/tcp']],
    ['service create --with-registry-auth --detach=false -p 1:1 -- nginx', ['1/tcp']],
    ['service update --publish-add 8080:80 web', ['8080/tcp']],
    ['service update web --publish-add=published=8080,target=80', ['8080/tcp']],
    ['service update --force --publish-rm 80 --publish-add 81:80 web', ['81/tcp']],
  ])('%s', (line, expected) => expect(said(line)).toEqual(expected));
});

describe('a line publishes nothing that is known here', () => {
  test.each([
    'service create nginx -p 8080:80',
    'service create -- nginx -p 8080:80',
    'service create --name -p 8080:80',
    'service create --env --publish=8080:80 nginx',
    'service create -e -p nginx 8080:80',
    'service create -p 80 nginx',
    'service create -p target=80 nginx',
    'service create -p 80:80/sctp nginx',
    'service create -p 192.0.2.1:80:80 nginx',
    'service create -p 99999:80 nginx',
    'service create -p 90-80:80 nginx',
    'service create -p',
    'service create --help -p 8080:80 nginx',
    'service update -p 8080:80 web',
    'service update --publish-rm 8080 web',
    'service update -- web --publish-add 8080:80',
    'service ls -p 8080:80',
    'run -p 8080:80 nginx',
    'run nginx service create -p 8080:80 nginx',
    '--host ssh://elsewhere service create -p 8080:80 nginx',
    '-c other service create -p 8080:80 nginx',
    '--context=other service create -p 8080:80 nginx',
    '',
  ])('%s', (line) => expect(said(line)).toEqual([]));
});

const number = fc.integer({ min: 1, max: 65_535 });
/** A publish option in one of its spellings, and what it publishes. */
const publish = fc
  .record({
    port: number,
    protocol: fc.constantFrom('tcp', 'udp'),
    form: fc.constantFrom<(port: number, protocol: string) => string>(
      (port, protocol) => `${port}:80/${protocol}`,
      (port, protocol) => `published=${port},target=80,protocol=${protocol}`,
      (port, protocol) => `target=80,mode=host,protocol=${protocol},published=${port}`,
    ),
    spelling: fc.constantFrom<(value: string) => string[]>(
      (value) => ['-p', value],
      (value) => [`-p${value}`],
      (value) => [`-p=${value}`],
      (value) => ['-dp', value],
      (value) => ['-qtp', value],
      (value) => ['--publish', value],
      (value) => [`--publish=${value}`],
    ),
  })
  .map(({ port, protocol, form, spelling }) => ({
    words: spelling(form(port, protocol)),
    publishes: [`${port}/${protocol}`],
  }));
/** Words that only look as if they published. */
const decoy = fc.constantFrom('-p', '--publish', '-p8:8', '--publish=9:9', '7:7', '--', 'service', '-');
const other = fc
  .oneof(
    fc.constantFrom(['-d'], ['--tty'], ['--detach=true'], ['-t=false'], ['--no-resolve-image']),
    fc.tuple(fc.constantFrom('--name', '-e', '--mount', '-l', '--replicas'), decoy),
    decoy.map((word) => [`--env=${word}`]),
    decoy.map((word) => [`-e${word}`]),
  )
  .map((words) => ({ words, publishes: [] as string[] }));

test('whatever stands around it, what is published is found, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(publish, other)), fc.array(decoy), (options, command) => {
      const words = ['service', 'create', ...options.flatMap((each) => each.words), 'nginx', ...command];
      expect(ports(words)).toEqual([...new Set(options.flatMap(({ publishes }) => publishes))]);
    }),
    { numRuns: 500 },
  );
});

test('no words make it fail', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => Array.isArray(publishedPorts(['service', 'create', ...words]))),
  );
});
