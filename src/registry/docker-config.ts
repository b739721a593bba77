// Where this machine's docker keeps the credentials of registries (docker/cli, cli/config): a credential helper, if its configuration
// names one, else the configuration itself. belt reads and writes them in the same place, so that the two agree.
import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import { readUserFile } from '../user-file.ts';
import { askHelper } from './helper.ts';
import { hostOf, shownRegistry } from './hosts.ts';

/** The value of X-Registry-Auth, before it is base64. Never printed. */
export type RegistryAuth = { serveraddress: string } & (
  | { username: string; password: string }
  | { identitytoken: string }
);

const text = z.string().optional();
const config = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: text, identitytoken: text })).optional(),
  credsStore: text,
  credHelpers: z.record(z.string(), z.string()).optional(),
});
export type DockerConfig = z.infer<typeof config>;

export const dockerConfigFile = ({ env, home }: Pick<Context, 'env' | 'home'>): string =>
  join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json');

/** @throws BeltError without what is in it */
export function readDockerConfig(context: Context): DockerConfig {
  const path = dockerConfigFile(context);
  let json: string;
  try {
    json = readUserFile(path).text;
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return {};
    throw new BeltError(`cannot read ${path}: ${messageOf(error)}`);
  }
  try {
    return config.parse(JSON.parse(json));
  } catch {
    throw new BeltError(`${path} is not a valid Docker configuration`);
  }
}

/** The helper that has a registry's credentials; undefined where the configuration itself has them. */
export const helperOf = ({ credHelpers, credsStore }: DockerConfig, registry: string): string | undefined =>
  credHelpers?.[registry] ?? (credsStore || undefined);

/** What docker on this machine has for a registry: that of DOCKER_AUTH_CONFIG comes first. @throws BeltError without anything secret */
export const storedAuth = async (context: Context, registry: string): Promise<RegistryAuth | undefined> =>
  fromFile(givenConfig(context), registry) ?? (await keptAuth(context, registry));

async function keptAuth(context: Context, registry: string): Promise<RegistryAuth | undefined> {
  const read = readDockerConfig(context);
  const helper = helperOf(read, registry);
  const found = helper ? await fromHelper(context, helper, registry) : undefined;
  return found ?? fromFile(read, registry);
}

const GIVEN = 'DOCKER_AUTH_CONFIG';
/** As in docker's file, and nothing else (docker/cli, cli/config/configfile: parseEnvConfig). */
const given = z.object({ auths: z.record(z.string(), z.looseObject({ auth: text })) });
const warned = new WeakSet<Context>();

/** Credentials that the environment has, for docker and all that is like it. Where it is none of docker's, docker goes on without. */
function givenConfig(context: Context): DockerConfig {
  const json = context.env[GIVEN];
  if (!json) return {};
  try {
    return given.parse(JSON.parse(json));
  } catch {
    if (!warned.has(context)) context.out.warn(`${GIVEN} is not a valid Docker configuration: it is left out`);
    warned.add(context);
    return {};
  }
}

/** What docker keeps changed, and something else counts. */
function tellGiven(context: Context, registry: string): void {
  if (!fromFile(givenConfig(context), registry)) return;
  context.out.warn(
    `${GIVEN} has credentials for ${shownRegistry(registry)} as well, and docker and belt take those first`,
  );
}

const answer = z.object({ Username: z.string(), Secret: z.string() });

async function fromHelper(context: Context, helper: string, registry: string): Promise<RegistryAuth | undefined> {
  const said = await askHelper(context, helper, { verb: 'get', input: registry });
  if (said === undefined) return undefined;
  try {
    const { Username: username, Secret: secret } = answer.parse(JSON.parse(said));
    if (username === '<token>') return { serveraddress: registry, identitytoken: secret };
    return { serveraddress: registry, username, password: secret };
  } catch {
    throw new BeltError(`docker-credential-${helper} did not answer as a helper of docker does`);
  }
}

function fromFile({ auths = {} }: DockerConfig, registry: string): RegistryAuth | undefined {
  const { auth, identitytoken } = auths[keyIn(auths, registry) ?? ''] ?? {};
  if (identitytoken) return { serveraddress: registry, identitytoken };
  return decodeAuth(registry, auth ?? '');
}

/** `user:password` in base64. */
export function decodeAuth(registry: string, auth: string): RegistryAuth | undefined {
  const [, username, password] = /^([^:]+):([\s\S]+)$/.exec(Buffer.from(auth, 'base64').toString()) ?? [];
  return username && password
    ? { serveraddress: registry, username, password: password.replace(/\0+$/, '') }
    : undefined;
}

const keyIn = (auths: object, registry: string): string | undefined =>
  registry in auths ? registry : Object.keys(auths).find((each) => hostOf(each) === hostOf(registry));

/** Has docker's own place keep them. Gives where that is. @throws BeltError without anything secret */
export async function storeAuth(
  context: Context,
  registry: string,
  { username, password }: { username: string; password: string },
): Promise<{ helper: string | undefined; file: string }> {
  const read = readDockerConfig(context);
  const helper = helperOf(read, registry);
  if (helper) {
    const input = JSON.stringify({ ServerURL: registry, Username: username, Secret: password });
    await askHelper(context, helper, { verb: 'store', input });
  }
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  // As docker does, the file says of which registries a helper has credentials.
  changeAuths(context, (now) => ({ ...withoutRegistry(now, registry), [registry]: helper ? {} : { auth } }));
  tellGiven(context, registry);
  return { helper, file: dockerConfigFile(context) };
}

/** Gives false where there were none. @throws BeltError */
export async function eraseAuth(context: Context, registry: string): Promise<boolean> {
  const had = await keptAuth(context, registry);
  const read = readDockerConfig(context);
  const helper = helperOf(read, registry);
  if (had && helper) await askHelper(context, helper, { verb: 'erase', input: registry });
  if (keyIn(read.auths ?? {}, registry) !== undefined) changeAuths(context, (now) => withoutRegistry(now, registry));
  tellGiven(context, registry);
  return had !== undefined;
}

const withoutRegistry = (auths: Auths, registry: string): Auths =>
  Object.fromEntries(Object.entries(auths).filter(([key]) => hostOf(key) !== hostOf(registry)));

type Auths = NonNullable<DockerConfig['auths']>;

/** Read again: a helper may have asked its user for minutes, and docker, or another belt, have written meanwhile. @throws BeltError */
function changeAuths(context: Context, change: (now: Auths) => Auths): void {
  const now = readDockerConfig(context);
  writeDockerConfig(context, { ...now, auths: change(now.auths ?? {}) });
}

/** In one step, and as the user's alone; a link stays one. @throws BeltError */
function writeDockerConfig(context: Context, value: DockerConfig): void {
  const path = dockerConfigFile(context);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const there = statSync(path, { throwIfNoEntry: false });
    const target = there ? realpathSync(path) : path;
    const fresh = `${target}.belt-${process.pid}`;
    try {
      writeFileSync(fresh, `${JSON.stringify(value, undefined, '\t')}\n`, { mode: 0o600, flag: 'wx' });
      // What others could read so far they cannot from now on: it has credentials.
      chmodSync(fresh, 0o600);
      renameSync(fresh, target);
    } finally {
      rmSync(fresh, { force: true });
    }
  } catch (error) {
    throw new BeltError(`cannot write ${path}: ${messageOf(error)}`, { hint: 'nothing was changed' });
  }
}
