// Amounts of bytes as docker's client writes them (docker/go-units, size.go).

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function scaled(bytes: number, { base, units, digits }: { base: number; units: readonly string[]; digits: number }) {
  let [value, unit] = [bytes, 0];
  for (; value >= base && unit < units.length - 1; unit++) value /= base;
  return { value: Number(value.toPrecision(digits)), unit: units[unit]! };
}

/** As memory is told: `1.019GiB`. `gap` is between number and unit. */
export function binaryText(bytes: number, { gap = '' }: { gap?: string } = {}): string {
  const { value, unit } = scaled(bytes, { base: 1024, units: BINARY, digits: 4 });
  return `${value}${gap}${unit}`;
}

/** As traffic is told: `1.23MB`. */
export function decimalText(bytes: number): string {
  const { value, unit } = scaled(bytes, { base: 1000, units: DECIMAL, digits: 3 });
  return `${value}${unit}`;
}
