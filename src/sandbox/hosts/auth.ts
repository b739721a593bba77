// Who may log in: root, or whoever, with one of the machine's keys.
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

export interface Logins {
  authorizedKeys: readonly string[];
  users: 'root' | 'any';
}

/** Answers a connection's authentication requests. Gives who logged in, once somebody did. */
export function authenticate(client: Connection, logins: Logins): { user: string } {
  let failures = 0;
  const login = { user: 'nobody' };
  client.on('authentication', (context) => {
    if (isAllowed(context, logins)) {
      login.user = context.username;
      return context.accept();
    }
    if (context.method !== 'none') failures++;
    // sshd hangs up at the sixth failure.
    if (failures >= MAX_TRIES) client.end();
    else context.reject(['publickey']);
  });
  return login;
}

/** A key is accepted twice: when the client asks whether to sign with it, and with the signature. */
function isAllowed(context: AuthContext, { authorizedKeys, users }: Logins): boolean {
  if (context.method !== 'publickey' || (users === 'root' && context.username !== 'root')) return false;
  for (const line of authorizedKeys) {
    const key = parseKey(line);
    if (key === undefined || !key.getPublicSSH().equals(context.key.data)) continue;
    if (context.signature === undefined || context.blob === undefined) return true;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  }
  return false;
}
