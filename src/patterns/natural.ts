// The order in which people expect names: node2 before node10.

const TOKENS = /\d+|\D+/g;

/**
 * Compares two names, with runs of digits compared by value. A total order: names that differ only in zeros (node1, node01)
 * are ordered by their characters, so a sort always gives the same list.
 */
export function naturalCompare(a: string, b: string): number {
  const left = a.match(TOKENS) ?? [];
  const right = b.match(TOKENS) ?? [];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = compareTokens(left[index]!, right[index]!);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function compareTokens(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [isDigit(a), isDigit(b)];
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return aIsNumber ? compareNumbers(a, b) : compareText(a, b);
}

/** By length without zeros, then by digits: exact however long the number. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [withoutZeros(a), withoutZeros(b)];
  return left.length - right.length || compareText(left, right);
}

const withoutZeros = (digits: string) => digits.replace(/^0+(?=\d)/, '');

const isDigit = (token: string) => token >= '0' && token < ':';

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
