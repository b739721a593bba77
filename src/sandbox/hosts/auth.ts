// Who may log in: root, with one of the machine's keys.

import ssh2, { type AuthContext, type Connection, type ParsedKey } from 'ssh2';

const MAX_TRIES = 6;

/** Public keys are the same for a whole fleet: each is parsed once. */
const parsed = new Map<string, ParsedKey | undefined>();

function parseKey(line: string): ParsedKey | undefined {
  if (!parsed.has(line)) {
    const key = ssh2.utils.parseKey(line);
    parsed.set(line, key instanceof Error ? undefined : [key].flat()[0]);
  }
  return parsed.get(line);
}

/** Answers a connection's authentication requests. */
export function authenticate(client: Connection, authorizedKeys: readonly string[]): void {
  let failures = 0;
  client.on('authentication', (context) => {
    if (isAllowed(context, authorizedKeys)) return context.accept();
    if (context.method !== 'none') failures++;
    // sshd hangs up at the sixth failure.
    if (failures >= MAX_TRIES) client.end();
    else context.reject(['publickey']);
  });
}

/** A key is accepted twice: when the client asks whether to sign with it, and with the signature. */
function isAllowed(context: AuthContext, authorizedKeys: readonly string[]): boolean {
  if (context.method !== 'publickey' || context.username !== 'root') return false;
  for (const line of authorizedKeys) {
    const key = parseKey(line);
    if (key === undefined || !key.getPublicSSH().equals(context.key.data)) continue;
    if (context.signature === undefined || context.blob === undefined) return true;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  }
  return false;
}
