// Words on the command line that are no UTF-8: Node replaces what it cannot read in them, and what belt sent to a node would be another
// word than was typed.
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { visible } from '../output/visible.ts';

/** What stands for bytes that are no text; it may have been typed, too. */
const REPLACED = '\ufffd';

/**
 * `cmdline` gives the words of this process as they are, each with a NUL behind it (proc(5)); where the system does not tell, none is
 * refused.
 * @throws UsageError for a word that would be changed
 */
export function refuseNotText(words: readonly string[], cmdline: () => Buffer = ownCmdline): void {
  if (!words.some((word) => word.includes(REPLACED))) return;
  const given = partsOf(cmdline()).slice(-words.length);
  const changed = words.find((word, n) => given.length === words.length && !Buffer.from(word).equals(given[n]!));
  if (changed === undefined) return;
  throw new UsageError(`an argument is not UTF-8: "${visible(changed)}"`, {
    hint: 'have the node’s shell make the bytes (belt exec NODE --shell, printf), or pipe them in (belt exec NODE -i)',
  });
}

function ownCmdline(): Buffer {
  try {
    return readFileSync('/proc/self/cmdline');
  } catch {
    return Buffer.alloc(0);
  }
}

function partsOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, end = bytes.indexOf(0); end >= 0; at = end + 1, end = bytes.indexOf(0, at))
    parts.push(bytes.subarray(at, end));
  return parts;
}
