import { agreed, confirm } from '../agree.ts';
import { command, flag } from '../cli/command.ts';
import { yes } from '../cli/options.ts';
import { nodeNames } from '../cluster/plan.ts';
import { knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { clusterSpec } from '../descriptions/spec.ts';
import { BeltError, UsageError } from '../errors.ts';
import { pinJump } from '../fleet/host-keys.ts';
import { jumpOf, nodeAsHost, outsideHost } from '../fleet/jump.ts';
import { oneNode } from '../fleet/one-node.ts';
import { connect } from '../ssh/connect.ts';
import { SshError, type SshHost } from '../ssh/connection.ts';
import { sha256Fingerprint } from '../ssh/fingerprint.ts';

export default command({
  arguments: '[node]',
  summary: 'pin the host key that a droplet, or the jump host, presents now',
  options: { jump: flag('the key of the jump host that ssh_jump names, where that is not a node'), yes },
  ownConnections: true,
  examples: [
    ['belt trust node1', 'after comparing the fingerprint with its console'],
    ['belt trust --jump', 'after comparing it with what its administrator says'],
  ],
  run: (context, { node }, options) =>
    options.jump ? trustJump(context, node, options) : trust(context, node, options),
});

interface Consent {
  yes?: boolean | undefined;
}

/** `belt trust` — pins the host key that a droplet shows now, after a person said that it is the right one. */
async function trust(context: Context, word: string | undefined, options: Consent): Promise<void> {
  if (word === undefined) throw new UsageError('belt trust needs a node', { hint: 'such as: belt trust node1' });
  const fleet = await context.fleet();
  const node = await oneNode(context, word, { from: 'DigitalOcean' });
  const host = await fleet.host(node);
  await accept(context, host, { ...options, question: 'Is that the key that its console shows?' }, (key) =>
    fleet.pin([node], key),
  );
}

/** The same for the jump host. */
async function trustJump(context: Context, word: string | undefined, options: Consent): Promise<void> {
  if (word !== undefined) throw new UsageError('belt trust takes a node or --jump, not both');
  const [settings, state] = await Promise.all([context.settings(), context.state()]);
  const jump = jumpOf(settings);
  if (jump === undefined) {
    throw new UsageError('no jump host is set', {
      hint: 'set ssh_jump in .belt.yaml, such as: deploy@bastion.example',
    });
  }
  if (jump.kind !== 'host') {
    const name = jump.kind === 'node' ? jump.name : 'NODE';
    throw new UsageError(`the jump host ${settings.sshJump} is a node of the cluster`, {
      hint: `pin its key by its name: belt trust ${name}`,
    });
  }
  const described = await clusterSpec(context).catch(() => undefined);
  const names = [
    ...knownNodes(state, settings.cluster).map(({ name }) => name),
    ...(described ? nodeNames(described) : []),
  ];
  if (names.includes(jump.address)) throw nodeAsHost(settings, jump.address);
  // Only its key is looked at: nothing is offered for a login.
  const host = await outsideHost({ state, logins: async () => ({ auth: [] }) }, jump);
  const question = 'Is that the key that its administrator told you?';
  await accept(context, host, { ...options, question }, async (key) => pinJump(state, jump, key));
}

async function accept(
  context: Context,
  host: SshHost,
  { question, ...options }: Consent & { question: string },
  pin: (key: Buffer) => Promise<void>,
): Promise<void> {
  const key = await presentedKey(context, host);
  if (!key) throw new BeltError(`${host.name} did not present a host key`);
  const { out } = context;
  const done = (text: string, isNew: boolean) =>
    out.json
      ? out.document({ host: host.name, key: sha256Fingerprint(key), change: isNew ? 'pinned' : null })
      : out.line(`${host.name}: ${text}`);
  if (host.hostKeys.some((pinned) => pinned.equals(key))) return done('this key is already pinned', false);
  const where = host.address === host.name ? '' : ` (${host.address})`;
  out.note(`${host.name}${where} presents the host key ${sha256Fingerprint(key)}`);
  const consent = { yes: options.yes, asks: 'trust asks first', hint: 'compare the fingerprint, then add -y' };
  await agreed(context, consent, () => confirm(context, question));
  await pin(key);
  done('pinned', true);
}

async function presentedKey({ signal }: Context, host: SshHost): Promise<Buffer | undefined> {
  try {
    (await connect({ ...host, hostKeys: [] }, { timeoutMs: 15_000, signal })).end();
    return undefined;
  } catch (error) {
    if (error instanceof SshError && error.hostKey) return error.hostKey;
    throw error;
  }
}
