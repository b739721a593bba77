import { expect, test } from 'vitest';
import { refuseNotText } from '../../../src/cli/not-text.ts';

const cmdline = (...parts: (string | Buffer)[]) =>
  Buffer.concat(['node', 'belt', ...parts].flatMap((part) => [Buffer.from(part as string), Buffer.alloc(1)]));
const LATIN = Buffer.from('caf\xe9', 'latin1');

test('a word that Node had to change is refused', () => {
  const given = () => cmdline('exec', 'node1', '--', 'ls', LATIN);
  expect(() => refuseNotText(['exec', 'node1', '--', 'ls', LATIN.toString()], given)).toThrow(
    'an argument is not UTF-8: "caf\ufffd"',
  );
});

test('one in which that character was typed is not', () => {
  refuseNotText(['exec', 'node1', '--', 'ls', 'caf\ufffd', ''], () =>
    cmdline('exec', 'node1', '--', 'ls', 'caf\ufffd', ''),
  );
});

test('nor any where the system does not tell, and it is not asked without need', () => {
  refuseNotText(['exec', 'caf\ufffd'], () => Buffer.alloc(0));
  refuseNotText(['exec', 'café'], () => {
    throw new Error('asked');
  });
});
