// ssh says that a host does not answer, or is another; belt knows more of a droplet.
import type { Context } from '../../context.ts';
import { openHostKeys } from '../../fleet/host-keys.ts';
import { sshLimitNow } from '../../fleet/shut-out.ts';
import type { Node } from '../../model/node.ts';
import { connect } from '../../ssh/connect.ts';
import { SshError } from '../../ssh/connection.ts';
import { isSilence } from '../../ssh/errors.ts';

/** How long it may take to see which host key the node shows. */
const LOOK_MS = 3_000;
const HANGS = 'may hang: look at its console in the control panel, and power-cycle it there if it does';

/** What is to be known of a node that ssh may not have reached; undefined when nothing is. */
export async function whyUnreached(context: Context, node: Node): Promise<string | undefined> {
  const nodes = await (await context.fleet()).list().catch(() => undefined);
  if (nodes === undefined) return undefined;
  const now = nodes.find(({ id }) => id === node.id);
  const again = 'run the same command again';
  if (!now) {
    const isMadeAgain = nodes.some(({ name }) => name === node.name);
    return isMadeAgain
      ? `${node.name} is another droplet now: ${again}`
      : `${node.name} no longer exists (see: belt ls)`;
  }
  if (now.status === 'off') return `${node.name} is powered off: power it on in the control panel`;
  if (now.publicAddress !== node.publicAddress || now.privateAddress !== node.privateAddress)
    return `${node.name} has another address now: ${again}`;
  // The ssh that led to its jump host has said what it met.
  if (node.publicAddress === undefined) return undefined;
  const error = await look(context, node);
  if (error?.refusal === 'host-key' || error?.refusal === 'turned-away') return `${error.message}; ${error.hint}`;
  const limit = error && isSilence(error) ? await sshLimitNow(context) : undefined;
  if (limit) return `${limit.words}; ${limit.hint}`;
  return error?.refusal === 'timeout' ? `${node.name} ${HANGS}` : undefined;
}

/** Looks at its host key without a login: none is offered, so that nobody is asked for a passphrase. */
async function look(context: Context, node: Node): Promise<SshError | undefined> {
  const { sshPort, sshUser } = await context.settings();
  const hostKeys = openHostKeys(await context.state(), sshPort).of(node);
  const host = { name: node.name, address: node.publicAddress!, port: sshPort, user: sshUser, auth: [], hostKeys };
  try {
    (await connect(host, { timeoutMs: LOOK_MS, signal: context.signal })).end();
    return undefined;
  } catch (error) {
    return error instanceof SshError ? error : undefined;
  }
}
