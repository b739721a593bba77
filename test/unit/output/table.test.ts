import { describe, expect, test } from 'vitest';
import { table } from '../../../src/output/table.ts';

describe("the book's tables", () => {
  test('of droplets that were made', () => {
    const header = ['ID', 'Name', 'Public IPv4', 'Memory', 'VCPUs', 'Disk'];
    expect(table(header, [['18511682', 'node1', '188.166.183.86', '512', '1', '20']])).toEqual([
      'ID              Name    Public IPv4     Memory  VCPUs   Disk',
      '18511682        node1   188.166.183.86  512     1       20',
    ]);
  });

  test('of the nodes', () => {
    const rows = [['18511681', 'node2', '128.199.105.119', 'active', '']];
    expect(table(['ID', 'Name', 'Public IPv4', 'Status', 'Tags'], rows)).toEqual([
      'ID              Name    Public IPv4       Status  Tags',
      '18511681        node2   128.199.105.119   active',
    ]);
  });
});

describe('a table', () => {
  test('of nothing is its header', () => {
    expect(table(['ID', 'Name'], [])).toEqual(['ID              Name']);
  });

  test('has two spaces at least between columns, and widths that are even', () => {
    expect(table(['Name', 'X'], [['seven77', '1']])).toEqual(['Name      X', 'seven77   1']);
    expect(table(['Name', 'X'], [['eight888', '1']])).toEqual(['Name      X', 'eight888  1']);
  });

  test('no line ends in a space, and a cell that is missing is empty', () => {
    expect(table(['Name', 'Status', 'Tags'], [['a', 'new', ''], ['b']])).toEqual([
      'Name    Status  Tags',
      'a       new',
      'b',
    ]);
  });

  test('a column of marks is no wider than they are', () => {
    expect(
      table(
        ['', 'Node', 'Size'],
        [
          ['+', 'node1', '1gb'],
          ['', 'node2', '2gb'],
        ],
      ),
    ).toEqual(['  Node    Size', '+ node1   1gb', '  node2   2gb']);
  });

  test('a column of marks is as wide where there are none', () => {
    expect(table(['', 'Node'], [['', 'node1']])).toEqual(['  Node', '  node1']);
  });

  test('on a terminal the last column goes on below itself, and elsewhere it does not', () => {
    const [header, rows] = [
      ['Node', 'Change'],
      [
        ['node1', 'create, join as worker, label tier=web'],
        ['node2', 'create'],
      ],
    ];
    expect(table(header, rows, 32)).toEqual([
      'Node    Change',
      'node1   create, join as worker,',
      '          label tier=web',
      'node2   create',
    ]);
    expect(table(header, rows)).toEqual([
      'Node    Change',
      'node1   create, join as worker, label tier=web',
      'node2   create',
    ]);
  });
});
