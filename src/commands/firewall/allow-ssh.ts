import { isIP } from 'node:net';
import { agreed, confirm } from '../../agree.ts';
import { command, flag } from '../../cli/command.ts';
import { isInRanges, rangeIn } from '../../config/cluster/network.ts';
import type { Context } from '../../context.ts';
import { changeFirewall } from './change.ts';

export default command({
  arguments: '<cidr...>',
  summary: 'allow SSH only from these addresses',
  options: {
    yes: flag('do not ask, even if this machine would be locked out', 'y'),
  },
  examples: [
    ['belt firewall allow-ssh 203.0.113.0/24 198.51.100.7', 'an office, and a home'],
    ['belt firewall allow-ssh 0.0.0.0/0 ::/0', 'anywhere'],
  ],
  run: (context, { cidr }, options) => allowSsh(context, cidr, options),
});

/** `belt firewall allow-ssh` — who may use SSH from now on, instead of those who might. */
async function allowSsh(
  context: Context,
  words: readonly string[],
  { yes }: { yes?: boolean | undefined },
): Promise<void> {
  const from = [...new Set(words.map(rangeIn))];
  await changeFirewall(context, { kind: 'allow-ssh', from }, () => checkStaysIn(context, from, yes));
}

/** Asks before this machine is shut out. @throws BeltError when the user does not agree */
async function checkStaysIn(context: Context, from: readonly string[], yes: boolean | undefined): Promise<void> {
  if (yes || from.includes('0.0.0.0/0')) return;
  const address = await ownAddress(context);
  if (address === undefined) {
    context.out.note('no node could be reached over SSH to check whether this machine is among these addresses');
    return;
  }
  if (isInRanges(address, from)) return;
  const consent = {
    asks: `allow-ssh asks before it locks out this machine (${address})`,
    hint: `add ${address}, or --yes if you are sure`,
  };
  const question = `This machine (${address}) would be locked out. Do it anyway?`;
  await agreed(context, consent, () => confirm(context, question));
}

/** So many nodes are asked at a time; one that answers is enough. */
const ASKED = 3;
const PATIENCE_MS = 10_000;

/** The address that the cluster's nodes see this machine come from, whatever is between; undefined when none can say. */
async function ownAddress(context: Context): Promise<string | undefined> {
  const fleet = await context.fleet();
  const nodes = (await fleet.list()).filter(({ publicAddress }) => publicAddress !== undefined).slice(0, ASKED);
  const answers = nodes.map(async (node) => {
    const connection = await fleet.connect(node);
    try {
      // sshd sets it: the client's address, its port, and the server's two.
      const { stdout } = await connection.run('printenv SSH_CONNECTION', { signal: context.signal });
      const [address = ''] = stdout.split(' ');
      if (isIP(address) === 0) throw new Error(`${node.name} does not say which address this machine has`);
      return address;
    } finally {
      connection.end();
    }
  });
  const patience = context.clock.sleep(PATIENCE_MS, context.signal).then(() => undefined);
  const first = Promise.any(answers).catch(() => undefined);
  const address = await Promise.race([first, patience]);
  context.signal.throwIfAborted();
  return address;
}
