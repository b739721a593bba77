// Plain scalars as Docker's YAML reader takes them (go-yaml v3, resolve.go): other than YAML 1.2 it knows octal 0123 and 1_000, other
// than YAML 1.1 it leaves yes, on and 22:22 as text. Dates stay text here.

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUE = new Set(['true', 'True', 'TRUE']);
const FALSE = new Set(['false', 'False', 'FALSE']);
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const INTEGERS: readonly (readonly [RegExp, number])[] = [
  [/^([-+]?)(0|[1-9]\d*)$/, 10],
  [/^([-+]?)0[xX]([\da-fA-F]+)$/, 16],
  [/^([-+]?)0[oO]?([0-7]+)$/, 8],
  [/^([-+]?)0[bB]([01]+)$/, 2],
];

export interface Resolved {
  value: string | number | boolean | null;
  /** As Docker prints the value. */
  text: string;
}

/** A scalar without quotes. */
export function resolvePlain(source: string): Resolved {
  if (NULLS.has(source)) return { value: null, text: '' };
  if (TRUE.has(source)) return { value: true, text: 'true' };
  if (FALSE.has(source)) return { value: false, text: 'false' };
  if (!/^[-+.\d]/.test(source)) return { value: source, text: source };
  return resolveNumber(source) ?? { value: source, text: source };
}

function resolveNumber(source: string): Resolved | undefined {
  const digits = source.replaceAll('_', '');
  for (const [form, base] of INTEGERS) {
    const found = form.exec(digits);
    if (found) return integer(found[1] === '-', found[2]!, base);
  }
  if (INFINITE.test(source)) return { value: source.startsWith('-') ? -Infinity : Infinity, text: infinity(source) };
  if (!FLOAT.test(digits)) return undefined;
  const value = Number(digits);
  return { value, text: floatText(value) };
}

function integer(isNegative: boolean, digits: string, base: number): Resolved {
  const prefix = { 10: '', 16: '0x', 8: '0o', 2: '0b' }[base] ?? '';
  const exact = BigInt(prefix + digits) * (isNegative ? -1n : 1n);
  return { value: Number(exact), text: String(exact) };
}

const infinity = (source: string): string => (source.startsWith('-') ? '-Inf' : '+Inf');

/** As Go's %v prints it: with an exponent, of two digits, below 0.0001 and from 1e6 on. */
function floatText(value: number): string {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential() : String(value);
  return (Object.is(value, -0) ? '-0' : text).replace(/e([-+])(\d)$/, 'e$10$2');
}
