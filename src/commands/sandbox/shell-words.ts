// What a shell reads to point its user's commands at a sandbox, and back. A variable that was set before is kept in
// BELT_SAVED_NAME, by reference: no earlier value is printed. BELT_SANDBOX_NAME is what the sandbox put there; only that is
// replaced or taken back, so that `env` twice, or a variable that the user set in between, loses nothing.
import { fishWord, quoteWord } from '../../quote.ts';

/** `sh` is what POSIX shells, bash, zsh and ksh read. */
export type Shell = 'sh' | 'fish';

/** Lines that set the variables. */
export const setLines = (variables: Readonly<Record<string, string>>, shell: Shell): string[] =>
  Object.entries(variables).flatMap(([name, value]) => SET[shell](name, value));

/** Lines that put back what was set before; without `setLines` before them they do nothing. */
export const unsetLines = (names: readonly string[], shell: Shell): string[] => names.flatMap(UNSET[shell]);

const SET: Record<Shell, (name: string, value: string) => string[]> = {
  sh: (name, value) => [
    `[ -z "\${${name}+x}" ] || [ "$${name}" = "\${BELT_SANDBOX_${name}-}" ] || export BELT_SAVED_${name}="$${name}"`,
    `export ${name}=${quoteWord(value)} BELT_SANDBOX_${name}=${quoteWord(value)}`,
  ],
  fish: (name, value) => [
    `set -q ${name}; and test "$${name}" != "$BELT_SANDBOX_${name}"; and set -gx BELT_SAVED_${name} $${name}`,
    `set -gx ${name} ${fishWord(value)}; set -gx BELT_SANDBOX_${name} ${fishWord(value)}`,
  ],
};

const UNSET: Record<Shell, (name: string) => string[]> = {
  sh: (name) => [
    `if [ -n "\${BELT_SANDBOX_${name}+x}" ] && [ "\${${name}-}" = "$BELT_SANDBOX_${name}" ]; then`,
    `  if [ -n "\${BELT_SAVED_${name}+x}" ]; then export ${name}="$BELT_SAVED_${name}"; else unset ${name}; fi`,
    'fi',
    `unset BELT_SAVED_${name} BELT_SANDBOX_${name}`,
  ],
  fish: (name) => [
    `if set -q BELT_SANDBOX_${name}; and test "$${name}" = "$BELT_SANDBOX_${name}"`,
    `  if set -q BELT_SAVED_${name}; set -gx ${name} $BELT_SAVED_${name}; else; set -e ${name}; end`,
    'end',
    `set -e BELT_SAVED_${name}; set -e BELT_SANDBOX_${name}`,
  ],
};
