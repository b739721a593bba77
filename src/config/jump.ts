// The jump host as settings name it.
import { isIPv6 } from 'node:net';

/** A manager of the cluster, one of its nodes, or a host of the user's own. */
export type JumpSetting =
  | { kind: 'manager' }
  | { kind: 'node'; name: string }
  | { kind: 'host'; user: string; address: string; port: number };

const SSH_PORT = 22;

/** `@manager`, `node1`, `deploy@bastion.example:2222`, `deploy@[2001:db8::1]:22`; undefined for anything else. */
export function readJump(text: string): JumpSetting | undefined {
  if (text === '@manager') return { kind: 'manager' };
  if (/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text)) return { kind: 'node', name: text };
  const [, user = '', bracketed, plain = '', digits = String(SSH_PORT)] =
    /^([a-zA-Z_][a-zA-Z0-9_.-]{0,31})@(?:\[([0-9a-fA-F:]+)\]|([a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?))(?::(\d{1,5}))?$/.exec(
      text,
    ) ?? [];
  const port = Number(digits);
  if (user === '' || port < 1 || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) return undefined;
  return { kind: 'host', user, address: bracketed ?? plain, port };
}
