// Words for a POSIX shell: ssh hands the remote one a single string, and user data is a script. What was typed has to arrive
// unchanged.
import { UsageError } from './errors.ts';

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;

// Bare in the first place these are the shell's own words, and NAME=VALUE is an assignment.
const RESERVED =
  /^(?:if|then|elif|else|fi|for|select|while|until|do|done|case|esac|in|function|time|coproc)$|^[A-Za-z_][A-Za-z0-9_]*\+?=/;

/**
 * The word as a POSIX shell reads it back byte for byte: bare where nothing in it is special to a shell, else in
 * single quotes. Throws a UsageError for a NUL, which no program can be given.
 */
export function quoteWord(word: string): string {
  // zsh reads a bare word that begins with = as the path of a command.
  return SAFE.test(word) && !word.startsWith('=') ? word : inQuotes(word);
}

/** A command and its arguments as one line for a shell. The first word is run as a command, whatever it looks like. */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map((word, index) => (index === 0 && RESERVED.test(word) ? inQuotes(word) : quoteWord(word))).join(' ');
}

function inQuotes(word: string): string {
  if (word.includes('\0')) throw new UsageError('a NUL character cannot be part of an argument');
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The same for fish: in single quotes it takes a backslash for one, and before a quote for that. */
export const fishWord = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The same for PowerShell: in single quotes only the quote is written twice. */
export const powerShellWord = (value: string): string => `'${value.replaceAll("'", "''")}'`;
