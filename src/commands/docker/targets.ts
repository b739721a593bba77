// Which nodes `belt docker` talks to.
import { activeNode } from '../../config/choices.ts';
import type { Context } from '../../context.ts';
import type { DockerLine } from '../../engine/docker-line.ts';
import { BeltError, Unreachable, UsageError } from '../../errors.ts';
import { anotherNode, noActiveNode } from '../../known-clusters/active-node.ts';
import type { Node } from '../../model/node.ts';
import { quoteWord } from '../../quote.ts';
import { isSilence, SshError } from '../../ssh/errors.ts';

/**
 * The nodes to talk to: --host, else what Docker Machine's variables say, else the active node (docs/docker.md, "Which node").
 * @throws UsageError when they name none
 */
export async function targets(context: Context): Promise<Node[]> {
  const fleet = await context.fleet();
  const { host } = context.options;
  if (host !== undefined) return fleet.locate([host]);
  const machine = context.env['DOCKER_MACHINE_NAME'];
  if (machine) return fleet.locate([machine]);
  const address = remoteHost(context.env['DOCKER_HOST']);
  if (address !== undefined) return [await nodeAt(context, address)];
  const { cluster } = await context.settings();
  const active = activeNode(await context.state(), cluster);
  if (active === undefined) throw await noActiveNode(context);
  return fleet.locate([active]).catch((error) => Promise.reject(ofActiveNode(active, error)));
}

/**
 * docker's own --host takes an engine's address: a bare name behind it is a node that was meant for belt's.
 * @throws UsageError with the order that works
 */
export function refuseNodeAsHost({ globals }: DockerLine): void {
  const [word, ...others] = globals.flatMap(({ name, value }) => (name === 'host' && value ? [value] : []));
  if (word === undefined || others.length > 0 || /[:/]/.test(word.replace(/\[[^\]]*\]/g, ''))) return;
  throw new UsageError('behind belt docker, --host is docker’s own, and takes the address of an engine', {
    hint: `nodes are named before it: belt --host ${quoteWord(word)} docker …`,
  });
}

/** The name of the one node that is meant, as far as that is known without asking anybody, for a hint; else NODE. */
export async function likelyNode(context: Context): Promise<string> {
  const { host } = context.options;
  if (host !== undefined) return isName(host) ? host : 'NODE';
  const { DOCKER_MACHINE_NAME: machine, DOCKER_HOST: address } = context.env;
  if (machine || remoteHost(address) !== undefined) return machine || 'NODE';
  try {
    return activeNode(await context.state(), (await context.settings()).cluster) ?? 'NODE';
  } catch {
    // Whatever it is, the user's next command says it.
    return 'NODE';
  }
}

const isName = (word: string): boolean => /^[A-Za-z0-9][\w.-]*$/.test(word);

/** The host in `DOCKER_HOST` (`tcp://192.0.2.1:2376`, `ssh://root@node2`); undefined for a socket of this machine. */
function remoteHost(value: string | undefined): string | undefined {
  if (!value || /^(unix|npipe|fd):\/\//.test(value)) return undefined;
  const url = value.includes('://') ? value : `tcp://${value}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : value;
}

/** The node of that name or address. @throws UsageError when there is none */
async function nodeAt(context: Context, host: string): Promise<Node> {
  const nodes = await (await context.fleet()).list();
  const found =
    nodes.find(({ publicAddress, privateAddress }) => publicAddress === host || privateAddress === host) ??
    nodes.find(({ name }) => name.toLowerCase() === host.toLowerCase());
  if (found) return found;
  const { cluster } = await context.settings();
  throw new UsageError(
    `DOCKER_HOST is ${context.env['DOCKER_HOST']}, but no node of cluster ${cluster} has this address`,
    {
      hint: 'unset DOCKER_HOST for the active node, or name one: belt --host node1 docker …',
    },
  );
}

/** An error of connecting: where the user did not name the node, it says which one it was, and names another. */
export async function ofConnecting(context: Context, { name }: Node, error: unknown): Promise<unknown> {
  const { DOCKER_MACHINE_NAME: machine, DOCKER_HOST: address } = context.env;
  if (context.options.host !== undefined || machine || remoteHost(address) !== undefined) return error;
  if (!(error instanceof SshError) || !isSilence(error)) return error;
  const other = await anotherNode(context, name);
  const ways = [error.hint, other && `another node: belt active ${other}`, 'see: belt ls'].filter(Boolean);
  return new Unreachable(`${name}, the active node, does not answer (${error.short})`, {
    hint: ways.join(' · '),
    cause: error,
  });
}

/** An error about a node that the user did not name: says where it came from. */
function ofActiveNode(name: string, error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  return new BeltError(`${name} is the active node, and ${error.message}`, {
    hint: 'choose another: belt active NODE (see: belt ls)',
    cause: error,
  });
}
