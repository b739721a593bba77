// A benchmark's rows: { what, measured, against, ratio, reach, met, figures }. `figures` are for --json.

const HEADER = ['what', 'measured', 'limit / peer in the same run', 'ratio', 'reach', 'met?'];
const NOTE = '* measured at another time on a machine of the same kind, not in this run';

/** The rows as one aligned table. */
export function table(rows) {
  const cells = rows.map(({ what, measured, against = '', ratio, reach = '', met }) => [
    what,
    measured,
    against,
    ratio === undefined ? '' : ratio.toFixed(2),
    reach,
    met === undefined ? '' : met ? 'yes' : 'NO',
  ]);
  const widths = HEADER.map((title, at) =>
    Math.max(...[title, ...cells.map((row) => row[at])].map((cell) => cell.length)),
  );
  const line = (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const lines = [line(HEADER), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...cells.map(line)];
  if (rows.some(({ against }) => against?.includes('*'))) lines.push('', NOTE);
  return `${lines.join('\n')}\n`;
}

/** A row for a figure that must not exceed a limit. */
export function limited({ measured, limit, against, ...row }, print) {
  const beside = against === undefined ? '' : `; ${against}`;
  return {
    ...row,
    measured: row.measuredText ?? print(measured),
    against: `limit ${print(limit)}${beside}`,
    ratio: measured / limit,
    reach: `≤ ${print(limit)}`,
    met: measured <= limit,
    figures: { measured, limit, ...row.figures },
  };
}

/** A row for two commands timed in turn; without `most` there is nothing to reach. */
export function compared({ what, own, peer, name, most, beside }) {
  const ratio = own.ms / peer.ms;
  return {
    what,
    measured: milliseconds(own.ms),
    against: `${name} ${milliseconds(peer.ms)}${beside === undefined ? '' : `; ${beside}`}`,
    ratio,
    ...(most !== undefined && { reach: `≤ ${most.toFixed(2)} ×`, met: ratio <= most }),
    figures: { ms: own.ms, fastestMs: own.fastest, peerMs: peer.ms, peerFastestMs: peer.fastest },
  };
}

export const milliseconds = (ms) => `${ms.toFixed(1)} ms`;
export const seconds = (s) => `${s.toFixed(2)} s`;
