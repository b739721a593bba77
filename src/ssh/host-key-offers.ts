// Saves belt a signature to verify for each host key, the host one to make, and both a round trip. Right after the login OpenSSH
// offers all of its host keys, and ssh2 has the host prove each of them, for an event that belt does not listen to: which key
// is trusted is decided by the pins alone. ssh2 has no public way to leave the offer unanswered, as its protocol allows (OpenSSH's PROTOCOL, section 2.5).
import type ssh2 from 'ssh2';

const OFFER = 'hostkeys-00@openssh.com';

/** What this needs of ssh2's Protocol (lib/protocol/Protocol.js of the version in package.json). */
interface Protocol {
  _handlers?: {
    GLOBAL_REQUEST: (protocol: Protocol, name: string, wantReply: boolean, data: unknown) => void;
  };
}

/** To be called right after `connect`. */
export function ignoreHostKeyOffers(client: ssh2.Client): void {
  const handlers = (client as unknown as { _protocol?: Protocol })._protocol?._handlers;
  if (handlers === undefined) return;
  const answer = handlers.GLOBAL_REQUEST;
  handlers.GLOBAL_REQUEST = (protocol, name, wantReply, data) => {
    if (name !== OFFER || wantReply) answer(protocol, name, wantReply, data);
  };
}
