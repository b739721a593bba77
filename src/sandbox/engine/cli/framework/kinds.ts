// What an option's value must look like, by the type that its help names.

type Check = (value: string) => string | undefined;

const number =
  (pattern: RegExp, parser: string): Check =>
  (value) =>
    pattern.test(value) ? undefined : `strconv.${parser}: parsing "${value}": invalid syntax`;

const duration: Check = (value) => {
  if (/^[-+]?(0|(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+)$/.test(value)) return undefined;
  if (/^[-+]?\d+(\.\d*)?$/.test(value)) return `time: missing unit in duration "${value}"`;
  return `time: invalid duration "${value}"`;
};

const oneOf =
  (pattern: RegExp, why: (value: string) => string): Check =>
  (value) =>
    pattern.test(value) ? undefined : why(value);

const checks: Record<string, Check> = {
  bool: number(/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/, 'ParseBool'),
  uint: number(/^\+?\d+$/, 'ParseUint'),
  uint32: number(/^\+?\d+$/, 'ParseUint'),
  int: number(/^[-+]?\d+$/, 'ParseInt'),
  float: number(/^[-+]?\d+(\.\d*)?$/, 'ParseFloat'),
  duration,
  bytes: oneOf(/^\d+(\.\d+)? ?[kKmMgGtTpP]?[iI]?[bB]?$/, (value) => `invalid size: '${value}'`),
  decimal: oneOf(/^(\d+\.?\d*|\.\d+)$/, (value) => `failed to parse ${value} as a rational number`),
  ipNetSlice: oneOf(/^[\d.]+\/\d+$/, (value) => `invalid string being converted to CIDR: ${value}`),
  filter: oneOf(/=/, () => 'bad format of filter (expected name=value)'),
};

/** Why a value cannot be read. */
export const faultOf = (type: string, value: string): string | undefined => checks[type]?.(value);
