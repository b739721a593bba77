import { describe, expect, test } from 'vitest';
import { cutToFit, dropToFit, table } from '../../../src/output/table.ts';

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
    expect(table(header, rows, { columns: 32 })).toEqual([
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

test('amounts stand under each other, their title above them', () => {
  const rows = [
    ['a', '4.00', 'x'],
    ['b', '168.00', 'y'],
  ];
  expect(table(['Size', 'USD/month', 'Regions'], rows, { right: ['USD/month'] })).toEqual([
    'Size     USD/month  Regions',
    'a             4.00  x',
    'b           168.00  y',
  ]);
});

test('columns give way in their order, and only as many as have to', () => {
  const header = ['ID', 'Name', 'Region', 'Size'];
  const rows = [['18511681', 'node1', 'sgp1', 's-1vcpu-1gb']];
  const kept = (columns: number) => dropToFit(header, rows, { drop: ['Region', 'ID'], columns });
  expect(table(header, rows)[1]!.length).toBe(43);
  expect([80, 43, 42, 30].map(kept)).toEqual([
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 3],
    [1, 3],
  ]);
});

describe('columns that are cut so that the table fits', () => {
  const header = ['Name', 'Middle', 'Last'];
  const rows = [
    ['a', 'one two three four', 'five six seven'],
    ['b', 'one', 'five'],
  ];
  const widest = (lines: readonly string[]) => Math.max(...lines.map((line) => line.length));

  test('are cut where they have to be', () => {
    const cut = cutToFit(header, rows, { cut: ['Last'], columns: 36 });
    expect(cut).toEqual([['a', 'one two three four', 'five si…'], rows[1]]);
    expect(widest(table(header, cut))).toBe(36);
  });

  test('may stand before others', () => {
    const cut = cutToFit(header, rows, { cut: ['Middle'], columns: 36 });
    expect(cut).toEqual([['a', 'one two thr…', 'five six seven'], rows[1]]);
    expect(widest(table(header, cut))).toBe(36);
  });

  test('the second only where the first is not enough', () => {
    const cut = (columns: number) => cutToFit(header, rows, { cut: ['Last', 'Middle'], columns });
    expect(cut(38)[0]).toEqual(['a', 'one two three four', 'five six …']);
    expect(cut(30)[0]).toEqual(['a', 'one two thr…', 'five si…']);
  });

  test('a list is cut behind an item', () => {
    const cut = (cell: string, columns: number) =>
      cutToFit(['Name', 'Regions'], [['a', cell]], { cut: ['Regions'], columns })[0]![1];
    const regions = 'ams3, fra1, nyc1, sgp1';
    expect([22, 23, 24, 25, 26, 29, 30].map((columns) => cut(regions, columns))).toEqual([
      'ams3, fra1, …',
      'ams3, fra1, …',
      'ams3, fra1, …',
      'ams3, fra1, …',
      'ams3, fra1, …',
      'ams3, fra1, nyc1, …',
      regions,
    ]);
  });

  test('are left alone where all fits, and never cut to nothing', () => {
    expect(cutToFit(header, rows, { cut: ['Last'], columns: 80 })).toEqual(rows);
    expect(cutToFit(header, rows, { cut: ['Last'], columns: 10 })[0]?.[2]).toBe('five si…');
  });
});
