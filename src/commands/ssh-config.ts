import { existsSync, realpathSync } from 'node:fs';
import { agreed, confirm } from '../agree.ts';
import { command, flag, type Values } from '../cli/command.ts';
import { yes } from '../cli/options.ts';
import { knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { noWayIn } from '../fleet/jump.ts';
import {
  removeSshConfig,
  sshConfigEntries,
  sshConfigPath,
  takenNames,
  userConfigPath,
  writeSshConfig,
} from '../fleet/ssh-config.ts';
import { compact } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import { configText, fullName, type HostEntry } from '../ssh/openssh/config-text.ts';
import {
  hasInclude,
  includeLine,
  readUserConfig,
  withInclude,
  withoutInclude,
  writeUserConfig,
} from '../ssh/openssh/include.ts';

const options = {
  write: flag('write it, and have ~/.ssh/config include it; it then follows the nodes'),
  remove: flag('take both away again'),
  yes,
};

export default command({
  summary: 'let plain ssh, scp and rsync reach the nodes by name',
  description:
    'Prints one entry per node for ~/.ssh/config, with address, login and pinned host key: `node1.CLUSTER.belt` ' +
    'for the nodes of every cluster that was seen here, `node1` for those of the chosen one. With --write, ' +
    'ssh node1, scp, rsync, git, VS Code and docker context create --docker host=ssh://node1 work, and ' +
    'what create, up and rm change is there at once.',
  options,
  examples: [
    ['belt ssh-config --write', 'once; then: ssh node1, scp file node1:'],
    ['belt ssh-config', 'print the entries'],
    ['belt ssh-config --remove', ''],
  ],
  run: (context, _given, options) => sshConfig(context, options),
});

type SshConfigOptions = Values<typeof options>;

/** `belt ssh-config` — prints, installs or removes what OpenSSH has to know of the nodes. */
async function sshConfig(context: Context, options: SshConfigOptions): Promise<void> {
  if (options.write && options.remove) throw new UsageError('--write and --remove exclude each other');
  if (options.remove) return remove(context);
  if (options.write) return write(context, options);
  const { out } = context;
  // A request, so that what a colleague changed is there.
  await (await context.fleet()).list();
  const entries = await sshConfigEntries(context);
  await tellUnreached(context);
  if (out.json) return out.document(entries.map(({ names, settings }) => ({ names, settings: grouped(settings) })));
  out.lines(configText(entries).trimEnd().split('\n'));
}

async function write(context: Context, consent: { yes?: boolean | undefined }): Promise<void> {
  const { out } = context;
  await (await context.fleet()).list();
  const path = userConfigPath(context.home);
  const file = sshConfigPath(await context.state());
  const isRead = tellOtherHome(context, path);
  const isIncluded = hasInclude(readUserConfig(path), file);
  if (!isIncluded) {
    includeLine(file);
    out.note(`a line at the top of ${path} is to include this file:\n  ${file}`);
    const asks = 'ssh-config asks before it changes ~/.ssh/config';
    await agreed(context, { ...consent, asks, hint: 'add -y, or include what belt ssh-config prints' }, () =>
      confirm(context, 'Add this line?'),
    );
  }
  const entries = await writeSshConfig(context);
  await tellUnreached(context);
  // Read again: the question may have stood for long.
  if (!isIncluded) writeUserConfig(path, withInclude(readUserConfig(path), file));
  if (out.json) return out.document({ file, included: path, hosts: entries.map(({ names }) => names) });
  out.line(`${file}: ${counted(entries)}`);
  await tellTaken(context, entries);
  const names = entries.flatMap((entry) => entry.names);
  const name = names.find((one) => !one.includes('.')) ?? names[0];
  const by = isRead ? '' : `-F ${quoteWord(path)} `;
  if (name !== undefined) out.note(`now: ssh ${by}${name} · scp ${by}FILE ${name}:`);
}

/** Warns where ssh looks in another home than HOME's, so that what is written is not read. Whether it is. */
function tellOtherHome({ out, home, databaseHome = home }: Context, path: string): boolean {
  if (realHome(databaseHome) === realHome(home)) return true;
  out.warn(
    `ssh looks in ${databaseHome}, your home in the user database, and not in HOME: it reads ${path} only by -F; ` +
      `to have it read by itself: HOME=${quoteWord(databaseHome)} belt ssh-config --write`,
  );
  return false;
}

function realHome(home: string): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}

/** Private nodes of the chosen cluster that are left out, as nothing leads to them. */
async function tellUnreached(context: Context): Promise<void> {
  const [settings, state] = await Promise.all([context.settings(), context.state()]);
  const why = noWayIn(state, settings);
  const names = knownNodes(state, settings.cluster)
    .filter(({ publicAddress, privateAddress }) => publicAddress === undefined && privateAddress !== undefined)
    .map(({ name }) => name);
  if (why === undefined || names.length === 0) return;
  context.out.warn(`${compact(names)} ${names.length === 1 ? 'is' : 'are'} left out: ${why}`);
}

/** Nodes of the chosen cluster that do not go by their plain names. */
async function tellTaken(context: Context, entries: readonly HostEntry[]): Promise<void> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const taken = takenNames(context, state);
  const given = new Set(entries.flatMap(({ names }) => names));
  for (const { name } of knownNodes(state, cluster)) {
    const file = taken.get(name.toLowerCase());
    if (file === undefined) continue;
    const full = fullName(name, cluster);
    const known = given.has(full) ? `the node is ${full}` : 'the node has no name for ssh';
    context.out.note(`${name} is the name of another host in ${file}; ${known}`);
  }
}

async function remove(context: Context): Promise<void> {
  const path = userConfigPath(context.home);
  const file = sshConfigPath(await context.state());
  const before = readUserConfig(path);
  const after = withoutInclude(before, file);
  const isThere = after !== before || existsSync(file);
  if (after !== before) writeUserConfig(path, after);
  await removeSshConfig(context);
  if (context.out.json) context.out.document({ file, removed: isThere });
  else if (!isThere) context.out.line('nothing to remove');
  else context.out.line(`${file}: removed`);
}

function counted(entries: readonly HostEntry[]): string {
  const nodes = entries.filter(({ isJump }) => !isJump);
  return nodes.length === 1 ? `1 node, as ${nodes[0]!.names[0]}` : `${nodes.length} nodes`;
}

/** ssh takes several of one keyword: identity files. */
function grouped(settings: HostEntry['settings']): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {};
  for (const [keyword, value] of settings) {
    const before = all[keyword];
    all[keyword] = before === undefined ? value : [before, value].flat();
  }
  return all;
}
