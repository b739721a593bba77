// Connections that a background process of belt's keeps between commands (`keep` in .belt.yaml).
import { join } from 'node:path';
import { openAccountState } from '../config/account.ts';
import { knownLogins } from '../config/logins.ts';
import { keepTold, setKeepTold } from '../config/projects.ts';
import type { Context } from '../context.ts';
import { timeWords } from '../count.ts';
import { BeltError, messageOf } from '../errors.ts';
import { ask } from '../keeper/ask.ts';
import { type Lease, lease } from '../keeper/lease.ts';
import { loginOf } from '../keeper/login.ts';
import type { EndpointAnswer, Place, Relogin } from '../keeper/messages.ts';
import { hasSocket, type KeeperPlace, keeperPlace, keeperPlaces } from '../keeper/place.ts';
import { ensureKeeper } from '../keeper/start.ts';
import type { Node } from '../model/node.ts';
import { SshError, type SshHost } from '../ssh/connection.ts';
import { KNOWN_HOSTS } from './host-keys.ts';

/** For all of a login: like `reach`, and signing by a person's touch. */
const LOGIN_MS = 45_000;

export interface KeptOptions {
  node: Node;
  keepMs: number;
  /** Where it is. */
  host: SshHost;
  /** Through which hosts it is reached, where it is not from here. */
  jumps?: Place[] | undefined;
  /** The same with how to log in. */
  login: () => Promise<SshHost>;
  signal: AbortSignal;
  /** Without a kept connection nothing can be done: then why there is none is an error. */
  isNeeded?: boolean | undefined;
}

/** The place of this account's and cluster's keeper. @throws BeltError when there can be none */
export async function keeperPlaceOf(context: Context): Promise<KeeperPlace> {
  const [{ cluster }, { folder }] = await Promise.all([context.settings(), context.state()]);
  return keeperPlace(context.env, { account: folder, cluster });
}

/**
 * Where one runs, and where it would, for commands that ask keepers alone. Where the API does not say whose token it is, it is the account that was used last,
 * as without a token. @throws BeltError when there can be none
 */
export async function keeperPlacesOffline(context: Context): Promise<KeeperPlace[]> {
  const settings = await context.settings();
  const { folder } = await context.state().catch(() => {
    context.signal.throwIfAborted();
    const { stateFolder, apiUrl } = settings;
    return openAccountState({ stateFolder, apiUrl }, async () => undefined);
  });
  return keeperPlaces(context.env, { account: folder, cluster: settings.cluster });
}

/**
 * A connection by the keeper, which is started where there is none. Undefined when that does not work: then belt connects itself.
 * @throws SshError when the keeper cannot reach the node; BeltError when it is needed and does not work
 */
export async function leaseOf(context: Context, options: KeptOptions): Promise<Lease | undefined> {
  const { node, keepMs, host, jumps, signal, isNeeded } = options;
  const { clock } = context;
  const startMs = clock.now();
  const trace = (what: string) =>
    context.trace?.(`${node.name} ssh ${host.user}@${host.address}:${host.port} ${what} ${clock.now() - startMs} ms`);
  let refused: unknown;
  const login = () =>
    options.login().then(loginOf, (error) => {
      refused = error;
      throw error;
    });
  try {
    const place = await keeperPlaceOf(context);
    const { address, port, user } = host;
    const at: Place = { id: node.id, name: node.name, address, port, user, ...(jumps && { jumps }) };
    const take = () => lease({ path: place.socket, node: at, keepMs, host, login, signal, timeoutMs: LOGIN_MS });
    let got = hasSocket(place) ? await take() : 'none';
    if (got === 'none') {
      await begin(context, place);
      got = await take();
    }
    if (typeof got !== 'string') {
      trace('kept');
      return got;
    }
    throw new BeltError('the keeper does not answer', { hint: 'end it: belt keep stop' });
  } catch (error) {
    signal.throwIfAborted();
    // Without a key to log in with, belt itself gets no further.
    if (error instanceof SshError || error === refused) throw error;
    trace(`not kept: ${messageOf(error)}`);
    if (isNeeded) throw whyNot(node, error);
    warn(context, error);
    return undefined;
  }
}

function whyNot({ name }: Node, error: unknown): BeltError {
  const hint = (error instanceof BeltError && error.hint) || `for one command, or a shell: belt with ${name}`;
  return new BeltError(`the connection to ${name} cannot be kept: ${messageOf(error)}`, { hint, cause: error });
}

const beginning = new WeakMap<Context, Promise<void>>();

/** Starts the keeper, for all nodes of a command once. */
function begin(context: Context, place: KeeperPlace): Promise<void> {
  const begun =
    beginning.get(context) ??
    context
      .state()
      .then(({ folder }) => ensureKeeper(place, { knownHosts: join(folder, KNOWN_HOSTS), signal: context.signal }))
      .then(() => tellOnce(context))
      .finally(() => beginning.delete(context));
  beginning.set(context, begun);
  return begun;
}

/** A file that may have come with a clone starts no process behind the user's back: the first time in its folder, belt says so. */
async function tellOnce(context: Context): Promise<void> {
  const settings = await context.settings();
  const { keepNamed, keepMs = 0 } = settings;
  if (keepNamed === undefined) return;
  try {
    if (keepTold(settings) === keepNamed.ms) return;
    setKeepTold(settings, keepNamed.ms);
  } catch {
    // A state that cannot be written holds up no command: it says so again.
  }
  const most = keepNamed.ms > keepMs ? ', the most that a project’s file can ask for (your own word: BELT_KEEP)' : '';
  context.out.note(
    `${keepNamed.at} has SSH connections kept for ${timeWords(keepMs)}${most} · end them: belt keep stop · never: export BELT_KEEP=false`,
  );
}

const warned = new WeakSet<Context>();

/** Once in a command. */
function warn(context: Context, error: unknown): void {
  if (warned.has(context)) return;
  warned.add(context);
  const hint = error instanceof BeltError && error.hint !== undefined ? `; ${error.hint}` : '';
  context.out.warn(`connections are not kept: ${messageOf(error)}${hint}`);
}

/** Has the keeper open a Docker socket to the node of the lease, and gives its path. @throws BeltError */
export async function openDocker(context: Context, node: Node, { id }: Lease): Promise<string> {
  const [place, settings, state] = await Promise.all([keeperPlaceOf(context), context.settings(), context.state()]);
  const agentSocket = context.env['SSH_AUTH_SOCK'] || undefined;
  const relogin: Relogin = {
    home: context.home,
    first: [...knownLogins(state, node.id), ...settings.sshKeyFingerprints],
    ...(settings.sshKeyPath !== undefined && { keyPath: settings.sshKeyPath }),
    ...(agentSocket !== undefined && { agentSocket }),
  };
  const answer = await ask<EndpointAnswer>(place.socket, { do: 'endpoint', lease: id, relogin });
  if (answer?.is === 'endpoint') return answer.socket;
  throw new BeltError(`no Docker socket for ${node.name}: ${answer?.error.message ?? 'the keeper does not answer'}`);
}
