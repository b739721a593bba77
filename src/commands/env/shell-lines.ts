// What a shell reads to have its docker at a socket, and no more.
import { OTHER_WAYS } from '../../endpoint/other-ways.ts';
import { fishWord, powerShellWord, quoteWord } from '../../quote.ts';
import type { Shell } from '../../shell.ts';

/** Lines that set the variables, and take away those that would lead docker elsewhere. */
export const setLines = (variables: Readonly<Record<string, string>>, shell: Shell): string[] => [
  ...Object.entries(variables).map(([name, value]) => SET[shell](name, value)),
  ...UNSET[shell](OTHER_WAYS),
];

/** Lines that take them away. */
export const unsetLines = (shell: Shell): string[] =>
  UNSET[shell](['DOCKER_HOST', 'DOCKER_MACHINE_NAME', ...OTHER_WAYS]);

const SET: Record<Shell, (name: string, value: string) => string> = {
  sh: (name, value) => `export ${name}=${quoteWord(value)}`,
  fish: (name, value) => `set -gx ${name} ${fishWord(value)}`,
  powershell: (name, value) => `$Env:${name} = ${powerShellWord(value)}`,
};

const UNSET: Record<Shell, (names: readonly string[]) => string[]> = {
  sh: (names) => [`unset ${names.join(' ')}`],
  // fish says nothing where there is none.
  fish: (names) => names.map((name) => `set -e ${name}`),
  powershell: (names) => names.map((name) => `Remove-Item Env:\\${name} -ErrorAction SilentlyContinue`),
};
