import { command, flag, oneOf, type Values } from '../cli/command.ts';
import { activeNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { timeWords } from '../count.ts';
import { ping } from '../endpoint/ping.ts';
import { doorOf } from '../engine/door.ts';
import { BeltError, UsageError } from '../errors.ts';
import { openDocker } from '../fleet/kept.ts';
import { oneNode } from '../fleet/one-node.ts';
import type { Lease } from '../keeper/lease.ts';
import { noActiveNode } from '../known-clusters/active-node.ts';
import type { Node } from '../model/node.ts';
import { evalLine, SHELLS, type Shell, shellOf } from '../shell.ts';
import { SshError } from '../ssh/errors.ts';
import { setLines, unsetLines } from './env/shell-lines.ts';

const options = {
  unset: flag('print lines that take the variables away again'),
  shell: oneOf('<name>', SHELLS, 'whose lines (sh is for bash and zsh too); by default those of the shell that asks'),
};

export default command({
  arguments: '[node]',
  summary: 'print shell lines that point docker in this shell at a node',
  description:
    'Prints the variables that docker-machine env printed, for a Docker socket that leads to the node. A background process of ' +
    'belt’s has it open, and ends when nothing has used it for 10 minutes, or for as long as --keep or keep: in .belt.yaml ' +
    'says (see: belt help keep). Without a node it is the active one.',
  options,
  examples: [
    ['eval "$(belt env node1)"', 'docker ps is node1’s from here on'],
    ['eval "$(belt env --unset)"', 'and no more'],
    ['belt env node1 --shell fish | source', 'the same in fish'],
    ['belt --keep 8h env node1', 'for a working day'],
  ],
  run: (context, { node }, options) => env(context, node, options),
});

type EnvOptions = Values<typeof options>;

/** Where nothing says how long. */
const KEEP_MS = 10 * 60_000;

async function env(context: Context, word: string | undefined, options: EnvOptions): Promise<void> {
  const { out } = context;
  const shell = options.shell ?? shellOf(context);
  if (options.unset) return out.lines([...unsetLines(shell), comment('env --unset', shell)]);
  const keepMs = await keepTime(context);
  const name = word ?? (await activeName(context));
  const node = await oneNode(context, name, { hint: (one) => `choose one: belt env ${one}` });
  const { lease, at } = await leaseTo(context, node, keepMs);
  try {
    await ping(doorOf(lease.connection), { clock: context.clock, signal: context.signal });
    const socket = await openDocker(context, at, lease);
    const variables = { DOCKER_HOST: `unix://${socket}`, DOCKER_MACHINE_NAME: at.name };
    if (out.json) return out.document(variables);
    const until = `# The socket is there until nothing has used it for ${timeWords(keepMs)}, or: belt keep stop`;
    const off = `# To point docker back at this machine: ${evalLine('env --unset', shell)}`;
    out.lines([...setLines(variables, shell), until, off, comment(`env ${at.name}`, shell)]);
  } finally {
    lease.connection.end();
  }
}

const comment = (words: string, shell: Shell): string =>
  `# Run this command to configure your shell: ${evalLine(words, shell)}`;

/** @throws UsageError with `--no-keep` */
async function keepTime(context: Context): Promise<number> {
  const { keepMs } = await context.settings();
  if (context.options.keep === false || keepMs === 0) {
    throw new UsageError('belt env needs a connection that is kept, and none is to be', {
      hint: 'say for how long: belt --keep 10m env NODE · for one command without: belt with NODE -- …',
    });
  }
  return keepMs ?? KEEP_MS;
}

async function activeName(context: Context): Promise<string> {
  const active = activeNode(await context.state(), (await context.settings()).cluster);
  if (active === undefined) throw await noActiveNode(context);
  return active;
}

/** @throws BeltError */
async function leaseTo(context: Context, node: Node, keepMs: number): Promise<{ lease: Lease; at: Node }> {
  const fleet = await context.fleet();
  // At the first login it gets a host key of its own.
  if (!fleet.hasOwnKey(node)) (await fleet.connect(node)).end();
  const options = { signal: context.signal, keepMs, isNeeded: true };
  const take = async (at: Node) => {
    const lease = await fleet.kept(at, options);
    if (lease) return { lease, at };
    throw new BeltError(`${at.name} is reached through a jump host that has no host key of its own yet`, {
      hint: `log in to that first (see: belt ls; belt ssh NODE), or for one command, or a shell: belt with ${at.name}`,
    });
  };
  try {
    return await take(node);
  } catch (error) {
    if (!(error instanceof SshError) || error.refusal === 'auth') throw error;
    // The address may be another machine's by now.
    const now = (await fleet.list()).find(({ id }) => id === node.id);
    const isWhereItWas = now?.publicAddress === node.publicAddress && now?.privateAddress === node.privateAddress;
    if (!now || isWhereItWas) throw error;
    return await take(now);
  }
}
