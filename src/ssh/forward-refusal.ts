// Why a host opens no connection to another one, in a user's words.
import { SshError } from './errors.ts';
import type { SshHost } from './host.ts';

/** OpenSSH's reason code for what its configuration forbids (RFC 4254, section 5.1). */
const PROHIBITED = 1;

/** The error for a host behind a jump host, from what that said. */
export function forwardRefusal(
  host: Pick<SshHost, 'name' | 'address'>,
  jump: Pick<SshHost, 'name'>,
  { message, reason }: Error & { reason?: unknown },
): SshError {
  const words = message.replace(/^\(SSH\) Channel open failure: (connect failed: )?/, '').toLowerCase();
  if (reason === PROHIBITED) {
    const hint = 'have its sshd_config say: AllowTcpForwarding yes';
    const refused = new SshError(host, 'handshake', `the jump host ${jump.name} refuses to forward connections`, hint);
    return Object.assign(refused, { isJumps: true });
  }
  return new SshError(host, 'no-route', `${words} (through the jump host ${jump.name})`);
}
