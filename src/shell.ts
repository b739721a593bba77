// Which shell reads what belt prints for it.
import { readlinkSync } from 'node:fs';
import type { Context } from './context.ts';

/** `sh` is what POSIX shells, bash, zsh and ksh read. */
export const SHELLS = ['sh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** The one that started belt, where the system tells; else `$SHELL`, which is the login shell also in a script or another shell. */
export const shellOf = ({ caller, env }: Pick<Context, 'caller' | 'env'>): Shell =>
  kindOf(caller) ?? kindOf(env['SHELL']) ?? 'sh';

/** The line that has the shell read what belt prints for these words. */
export const evalLine = (words: string, shell: Shell): string =>
  ({
    sh: `eval "$(belt ${words})"`,
    fish: `belt ${words} --shell fish | source`,
    powershell: `belt ${words} --shell powershell | Invoke-Expression`,
  })[shell];

/** The path of the program that started belt; undefined where the system does not tell. */
export function callerOf(pid: number): string | undefined {
  try {
    // Not its name: of a script that is the script's.
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** The shell that a path such as `/usr/bin/fish` is; undefined for any other program. */
function kindOf(path: string | undefined): Shell | undefined {
  const name = /([^/\\]*?)(\.exe)?$/.exec(path ?? '')?.[1];
  if (name === 'fish') return 'fish';
  if (name === 'pwsh' || name === 'powershell') return 'powershell';
  return name !== undefined && /^(ba|z|da|a|[lm]?k|y)?sh(-?[\d.]+)?$/.test(name) ? 'sh' : undefined;
}
