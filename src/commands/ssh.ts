import { command } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../errors.ts';
import { addressOf } from '../fleet/address.ts';
import { oneNode } from '../fleet/one-node.ts';
import { jumpSettings, openSsh, openSshSettings } from '../fleet/openssh.ts';
import type { Node } from '../model/node.ts';
import { type OpenSsh, runOpenSsh } from '../ssh/openssh/client.ts';
import { refuseOtherKeys, type Setting, sharesConnections } from '../ssh/openssh/options.ts';
import { proxyCommand } from '../ssh/openssh/proxy.ts';
import { readSshWords, type SshWords } from '../ssh/openssh/words.ts';
import { ownTerminal } from './ssh/own-terminal.ts';
import { whyUnreached } from './ssh/why.ts';

export default command({
  arguments: '[words...]',
  usage: '[ssh’s options] <node> [command...]',
  summary: 'log in to a node, or run a command there, by ssh',
  description:
    'Runs OpenSSH’s ssh with the node’s pinned host key, address and login; its options (-L, -A, -t …) ' +
    'and your ~/.ssh/config hold. As ssh does, it joins the words of a command with spaces, for the ' +
    'shell there to read; `belt exec` keeps them as they are. Without OpenSSH belt opens the ' +
    'terminal itself. `@manager` is a manager that answers.',
  ownConnections: true,
  examples: [
    ['belt ssh node1', 'a shell'],
    ["belt ssh node1 'df -h | tail -1'", ''],
    ['belt ssh -N -L 8080:localhost:80 node1', 'its port 80 as 8080 here'],
    ['belt ssh deploy@@manager', 'as another user, on a manager'],
  ],
  passThrough: 'but --help',
  run: (context, { words }) => ssh(context, words),
});

/** How long a node may take to accept a connection, in seconds, unless -o ConnectTimeout says otherwise. */
const CONNECT_TIMEOUT_S = 15;

/** `belt ssh` — the machine's own ssh on a node, its host key checked against the pins. Gives its exit code. */
async function ssh(context: Context, words: readonly string[]): Promise<number> {
  const given = readSshWords(words);
  const { user, pattern } = readDestination(given.destination);
  refuseOtherKeys(given.options);
  const node = await withOwnKey(context, await nodeFor(context, pattern));
  const client = openSsh(context);
  if (user !== undefined) given.options.push({ letter: 'l', value: user });
  if (!client) return ownTerminal(context, node, given);
  let isSignalled = false;
  const code = await runOpenSsh(client.path, await sshWords(context, { client, node, given }), {
    env: context.env,
    cwd: context.cwd,
    onSignal: (handler) =>
      context.interrupts.forward((signal) => {
        isSignalled = true;
        handler(signal);
      }),
  });
  const why = code === EXIT.unreachable && !isSignalled ? await whyUnreached(context, node) : undefined;
  if (why !== undefined) context.out.note(why);
  return code;
}

/** The login before the last `@` that does not begin a selector. @throws UsageError when there is none */
function readDestination(destination: string | undefined): { user: string | undefined; pattern: string } {
  if (destination === undefined) {
    throw new UsageError('belt ssh needs a node', { hint: 'such as: belt ssh node1 (see: belt ls)' });
  }
  const [, user, pattern = destination] = /^([^@]+)@(.+)$/.exec(destination) ?? [];
  return { user, pattern };
}

/** The node that a pattern means. @throws UsageError when it means several, or none */
async function nodeFor(context: Context, pattern: string): Promise<Node> {
  if (pattern === '@manager') {
    const { answeringManagers } = await import('../fleet/managers.ts');
    return (await answeringManagers(context))[0]!;
  }
  return oneNode(context, pattern, {
    hint: (name) => `choose one: belt ssh ${name} (a command on all of them: belt exec)`,
  });
}

/** The node, once its own host key is pinned. @throws BeltError for one whose key is not known here */
async function withOwnKey(context: Context, node: Node): Promise<Node> {
  const fleet = await context.fleet();
  if (fleet.hasOwnKey(node)) return node;
  const connection = await fleet.connect(node);
  connection.end();
  const [now = node] = await fleet.locate([node.name]);
  // ssh reads the file, which may not have a key that its run alone tells.
  if (!fleet.hasOwnKey(now)) await fleet.introduce([now], connection.hostKey);
  return now;
}

/** Of a setting that is given twice, ssh takes the first: what pins the key goes before the user's options, the rest after. */
async function sshWords(
  context: Context,
  { client, node, given }: { client: OpenSsh; node: Node; given: SshWords },
): Promise<string[]> {
  const settings = await context.settings();
  const { sshPort, sshUser, sshKeyPath } = settings;
  const settingsOf = await openSshSettings(context, { keyPath: sshKeyPath });
  const { pins, login } = settingsOf(node);
  const strict: Setting[] = [
    ...pins,
    // A connection that others share was perhaps not verified by the pins.
    ...(sharesConnections(given.options) ? [] : [['ControlPath', 'none'] as const]),
  ];
  const rest: Setting[] = [
    ...login,
    ['User', sshUser],
    ['Port', String(sshPort)],
    ['ConnectTimeout', String(CONNECT_TIMEOUT_S)],
    ...(await throughJump(context, node, { client, settingsOf })),
  ];
  const options = given.options.flatMap(({ letter, value }) => [`-${letter}`, ...(value === undefined ? [] : [value])]);
  const address = addressOf(node, settings);
  context.trace?.(`${node.name} ${client.path} ${sshUser}@${address}:${sshPort}`);
  return [...asOptions(strict), ...options, ...asOptions(rest), '--', address, ...given.command];
}

/** The way to a node without a public address. */
async function throughJump(
  context: Context,
  node: Node,
  { client, settingsOf }: { client: OpenSsh; settingsOf: Awaited<ReturnType<typeof openSshSettings>> },
): Promise<Setting[]> {
  if (node.publicAddress !== undefined) return [];
  const jump = await jumpSettings(context, settingsOf);
  if (jump === undefined) return [];
  if (jump.node) await withOwnKey(context, jump.node);
  return [['ProxyCommand', proxyCommand(client.path, jump)]];
}

const asOptions = (settings: readonly Setting[]): string[] =>
  settings.flatMap(([keyword, value]) => ['-o', `${keyword}=${value}`]);
