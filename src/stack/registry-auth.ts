// The credentials that this machine's docker has for a registry (docker/cli, cli/config): for the engine, which hands them to the
// nodes that pull the image.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import { readUserFile } from '../user-file.ts';
import { limited } from '../wait.ts';

/** The value of X-Registry-Auth, before it is base64. Never printed. */
export type RegistryAuth = { serveraddress: string } & (
  | { username: string; password: string }
  | { identitytoken: string }
);

/** Docker Hub's name in docker's configuration. */
const HUB = 'https://index.docker.io/v1/';
const HELPER_MS = 30_000;

const text = z.string().optional();
const config = z.object({
  auths: z.record(z.string(), z.object({ auth: text, identitytoken: text })).optional(),
  credsStore: text,
  credHelpers: z.record(z.string(), z.string()).optional(),
});
type DockerConfig = z.infer<typeof config>;

/** As docker's configuration names the registry of an image: `ghcr.io`, or that of Docker Hub. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : HUB;
}

export class RegistryAuths {
  readonly #context: Context;
  readonly #asked = new Map<string, Promise<RegistryAuth | undefined>>();
  #config: DockerConfig | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** For an image; undefined where this machine has none. What is wrong with them is a warning: a registry may ask for none. */
  of(image: string): Promise<RegistryAuth | undefined> {
    const registry = registryOf(image);
    const asking = this.#asked.get(registry) ?? this.#find(registry);
    this.#asked.set(registry, asking);
    return asking;
  }

  async #find(registry: string): Promise<RegistryAuth | undefined> {
    const { out, secrets, signal } = this.#context;
    try {
      this.#config ??= readConfig(this.#context);
      const helper = this.#config.credHelpers?.[registry] ?? this.#config.credsStore;
      const found = helper ? await askHelper(this.#context, helper, registry) : undefined;
      const auth = found ?? storedAuth(this.#config, registry);
      if (auth) secrets.add('password' in auth ? auth.password : auth.identitytoken, JSON.stringify(auth));
      return auth;
    } catch (error) {
      signal.throwIfAborted();
      out.warn(`no credentials for ${registry} from this machine’s docker: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/** @throws BeltError without what is in it */
function readConfig({ env, home }: Context): DockerConfig {
  const path = join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json');
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
    throw new BeltError(`${path} is not as docker writes it`);
  }
}

/** `https://ghcr.io/v2/` and `ghcr.io` are one registry. */
const hostOf = (registry: string): string => registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

function storedAuth({ auths = {} }: DockerConfig, registry: string): RegistryAuth | undefined {
  const key = registry in auths ? registry : Object.keys(auths).find((each) => hostOf(each) === hostOf(registry));
  const { auth, identitytoken } = auths[key ?? ''] ?? {};
  if (identitytoken) return { serveraddress: registry, identitytoken };
  const [, username, password] = /^([^:]+):([\s\S]+)$/.exec(Buffer.from(auth ?? '', 'base64').toString()) ?? [];
  return username && password
    ? { serveraddress: registry, username, password: password.replace(/\0+$/, '') }
    : undefined;
}

const answer = z.object({ Username: z.string(), Secret: z.string() });

/** Undefined where it has none. @throws BeltError without what it said on stdout, which may be secret */
async function askHelper(context: Context, helper: string, registry: string): Promise<RegistryAuth | undefined> {
  if (!/^[\w.-]+$/.test(helper)) throw new BeltError(`${JSON.stringify(helper)} is not the name of a helper`);
  const program = `docker-credential-${helper}`;
  const late = `${program} does not answer (${HELPER_MS / 1000} s)`;
  const { code, stdout } = await limited((signal) => run(context, program, { input: registry, signal }), {
    ...context,
    timeoutMs: HELPER_MS,
    late,
  });
  if (/credentials not found/.test(stdout)) return undefined;
  if (code !== 0) throw new BeltError(`${program} failed with exit code ${code}`);
  try {
    const { Username: username, Secret: secret } = answer.parse(JSON.parse(stdout));
    if (username === '<token>') return { serveraddress: registry, identitytoken: secret };
    return { serveraddress: registry, username, password: secret };
  } catch {
    throw new BeltError(`${program} did not answer as a helper of docker does`);
  }
}

function run(
  { env, cwd }: Context,
  program: string,
  { input, signal }: { input: string; signal: AbortSignal },
): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { env: { ...env }, cwd, signal, stdio: ['pipe', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (error) =>
      reject(
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? new BeltError(`there is no ${program} on this machine`)
          : error,
      ),
    );
    child.on('close', (code) => resolve({ code, stdout }));
  });
}
