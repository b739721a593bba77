import { agreed, confirm } from '../agree.ts';
import { command } from '../cli/command.ts';
import { yes } from '../cli/options.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import { connect, SshError } from '../ssh/connection.ts';
import { sha256Fingerprint } from '../ssh/fingerprint.ts';

export default command({
  arguments: '<node>',
  summary: 'pin the host key that a droplet presents now',
  options: { yes },
  examples: [['belt trust node1', 'after comparing the fingerprint with its console']],
  run: (context, { node }, options) => trust(context, node, options),
});

/** `belt trust` — pins the host key that a droplet shows now, after a person said that it is the right one. */
async function trust(context: Context, word: string, options: { yes?: boolean }): Promise<void> {
  const fleet = await context.fleet();
  const [node, ...others] = await fleet.select([word]);
  if (!node || others.length > 0)
    throw new UsageError(`"${word}" matches ${others.length + 1} nodes`, { hint: 'choose one' });
  const host = await fleet.host(node);
  const key = await connect({ ...host, hostKeys: [] }, { timeoutMs: 15_000, signal: context.signal }).then(
    () => undefined,
    (error) => {
      if (error instanceof SshError && error.hostKey) return error.hostKey;
      throw error;
    },
  );
  if (!key) throw new BeltError(`${node.name} did not present a host key`);
  if (host.hostKeys.some((pinned) => pinned.equals(key)))
    return context.out.line(`${node.name}: this key is already pinned`);
  context.out.note(`${node.name} (${host.address}) presents the host key ${sha256Fingerprint(key)}`);
  const consent = { yes: options.yes, asks: 'trust asks first', hint: 'compare the fingerprint, then add -y' };
  const ask = () => confirm(context, 'Is that the key that its console shows?');
  await agreed(context, consent, ask);
  await fleet.pin([node], key);
  context.out.line(`${node.name}: pinned`);
}
