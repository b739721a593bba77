// What was found in a stack's files, told before anything happens.
import { count } from '../count.ts';
import { UsageError } from '../errors.ts';
import type { Out } from '../output/out.ts';
import type { DesiredStack, Finding } from './desired.ts';

/**
 * Warnings, then what Swarm does not support.
 * @throws UsageError that lists the errors; with `strict`, what is dropped is one
 */
export function tellFindings(out: Out, { name, findings }: DesiredStack, { strict = false } = {}): void {
  const dropped = findings.filter(({ severity }) => severity === 'dropped');
  const errors = findings.filter(({ severity }) => severity === 'error' || (strict && severity === 'dropped'));
  for (const finding of findings.filter(({ severity }) => severity === 'warning')) {
    out.warn(lineOf(finding), fieldsOf(finding));
  }
  if (dropped.length > 0 && !strict) {
    out.warn(
      `left out, as Swarm does not support ${dropped.length === 1 ? 'it' : 'them'}:\n${dropped.map(lineOf).join('\n')}`,
      {
        dropped: dropped.map(fieldsOf),
      },
    );
  }
  if (errors.length > 0) {
    throw new UsageError(`the files of stack ${name} have ${count(errors.length, 'error')}`, {
      lines: errors.flatMap((finding) => [`  ${lineOf(finding)}`]),
    });
  }
}

/** `compose.yaml:5:12: web: DB_PASSWORD is not set (set it in .env …)` */
function lineOf({ at, service, text, hint }: Finding): string {
  const subject = service === undefined ? '' : `${service}: `;
  return `${at.file}:${at.line}:${at.column}: ${subject}${text}${hint === undefined ? '' : ` (${hint})`}`;
}

function fieldsOf({ service, hint, at }: Finding): object {
  return { ...at, ...(service !== undefined && { service }), ...(hint !== undefined && { hint }) };
}
