import { describe, expect, test } from 'vitest';
import { BeltError } from '../../../src/errors.ts';
import { explain } from '../../../src/output/explain.ts';
import { Secrets } from '../../../src/output/mask.ts';
import { columnsOf, wrap } from '../../../src/output/wrap.ts';
import { anOut, Screen } from './terminal.ts';

describe('a line that a terminal would cut in the middle of a word', () => {
  test.each([
    ['fits', 'twenty columns, fits', 'twenty columns, fits'],
    ['does not', 'twenty-one columns, no', 'twenty-one columns,\n  no'],
    [
      'goes on over several',
      'one two three four five six seven eight',
      'one two three four\n  five six seven\n  eight',
    ],
    ['is indented', '  node1: no address, refused', '  node1: no address,\n    refused'],
    ['has columns of its own', 'node1   manager   create', 'node1   manager\n  create'],
    [
      'holds an address',
      'see https://docs.digitalocean.com/reference now',
      'see\n  https://docs.digitalocean.com/reference\n  now',
    ],
    ['is several', 'no\n  one two three four five', 'no\n  one two three four\n    five'],
    ['names a command', 'look at it: belt ls --wide', 'look at it:\n  belt ls --wide'],
    [
      'names two',
      'continue: BELT_CLUSTER=shop belt up --yes · or remove: belt rm node[1:3]; see there',
      'continue:\n  BELT_CLUSTER=shop belt up --yes\n  · or remove:\n  belt rm node[1:3];\n  see there',
    ],
    ['begins with a command', 'belt rm node[1:3] -- x · or', 'belt rm node[1:3] -- x\n  · or'],
    ['lists addresses', 'at: node1 127.1.0.1, node2 (10.0.0.2)', 'at: node1 127.1.0.1,\n  node2 (10.0.0.2)'],
    ['lists commands', 'belt ls · belt rm node[1:3] --yes', 'belt ls ·\n  belt rm node[1:3] --yes'],
    [
      'has another program',
      'or here: tar -c . | belt docker build - (see)',
      'or here:\n  tar -c . | belt docker build -\n  (see)',
    ],
    ['begins with what belt does', 'belt adds a key of yours to it', 'belt adds a key of\n  yours to it'],
    ['ends a command with a bracket', 'it (see: belt -h a docker ls)', 'it (see:\n  belt -h a docker ls)'],
    ['adds words to a command', 'such as: -e TOKEN="$TOKEN"', 'such as:\n  -e TOKEN="$TOKEN"'],
  ])('%s', (_what, text, lines) => {
    expect(wrap(text, 20)).toBe(lines);
  });

  test('breaks no command of a refusal of docker', () => {
    const hint =
      "belt with node1 -- docker build -t registry.example.com/shop . · without a docker here: tar -C . -c . | belt docker build - (if you mean the node's: belt --node-files docker …)";
    expect(wrap(hint, 80, 'hint: '.length).split('\n')).toEqual([
      'belt with node1 -- docker build -t registry.example.com/shop . · without a',
      "  docker here: tar -C . -c . | belt docker build - (if you mean the node's:",
      '  belt --node-files docker …)',
    ]);
  });

  test('begins behind its label', () => {
    expect(wrap('internal error: here and there', 20, 'error: '.length)).toBe('internal\n  error: here and\n  there');
  });

  test('stays whole where the width is not known, or is next to nothing', () => {
    const text = 'one two three four five six seven eight';
    expect([wrap(text, undefined), wrap(text, 19)]).toEqual([text, text]);
    expect([{}, { columns: 80 }, { isTTY: true }, { isTTY: true, columns: 0 }].map(columnsOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

const MESSAGE = 'the swarm of cluster shop has lost its quorum, since two of its three managers are gone';
const LINE = '  node2: connection refused by 203.0.113.7 port 22, after it was tried for more than a minute';
const HINT = 'power them on in the control panel, then: belt --host node1 docker node ls --filter role=manager';

async function explained(terminal: boolean): Promise<string> {
  const stderr = new Screen({ terminal });
  const error = new BeltError(MESSAGE, { lines: [LINE], hint: HINT });
  await explain(error, { stderr, env: { NO_COLOR: '1' }, wishes: {}, secrets: new Secrets() });
  return stderr.written;
}

describe('at 80 columns', () => {
  test('an error, its lines and its hint are broken at spaces, and the command in it is not', async () => {
    expect(await explained(true)).toBe(
      [
        'error: the swarm of cluster shop has lost its quorum, since two of its three',
        '  managers are gone',
        '  node2: connection refused by 203.0.113.7 port 22, after it was tried for more',
        '    than a minute',
        'hint: power them on in the control panel, then:',
        '  belt --host node1 docker node ls --filter role=manager',
        '',
      ].join('\n'),
    );
  });

  test('so are notes and warnings', async () => {
    const { out, stderr } = await anOut();
    out.note(MESSAGE);
    out.warn(MESSAGE);
    expect(stderr.written).toBe(
      [
        'the swarm of cluster shop has lost its quorum, since two of its three managers',
        '  are gone',
        'warning: the swarm of cluster shop has lost its quorum, since two of its three',
        '  managers are gone',
        '',
      ].join('\n'),
    );
  });

  test('in a pipe every line stays as it is', async () => {
    expect(await explained(false)).toBe(`error: ${MESSAGE}\n${LINE}\nhint: ${HINT}\n`);
    const { out, stderr } = await anOut({ terminal: false });
    out.note(MESSAGE);
    out.warn(MESSAGE);
    expect(stderr.written).toBe(`${MESSAGE}\nwarning: ${MESSAGE}\n`);
  });
});
