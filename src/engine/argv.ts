// What the user types after `docker`, as one command for the remote shell: byte for byte (design rule 13).
import { UsageError } from '../errors.ts';
import { quoteArgv } from '../quote.ts';

/** Linux's limit for one argument, and sshd passes the whole command to the shell as one (MAX_ARG_STRLEN, execve(2)). */
const LONGEST_BYTES = 128 * 1024 - 1;

/** What belt itself writes before the command. */
const RESERVED_BYTES = 64;

/** `docker` and the user's arguments, quoted for a POSIX shell. @throws UsageError if they are too long for a host */
export function dockerCommand(words: readonly string[]): string {
  const command = quoteArgv(['docker', ...words]);
  const bytes = Buffer.byteLength(command) + RESERVED_BYTES;
  if (bytes <= LONGEST_BYTES) return command;
  throw new UsageError(
    `the arguments of docker are ${Math.ceil(bytes / 1024)} KiB long; the limit of a host is 128 KiB`,
    {
      hint: 'run it in several parts, or pipe the data in (docker exec -i, docker config create NAME -)',
    },
  );
}
