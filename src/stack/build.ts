// An image that a Compose file has built, by the docker of this machine.
import type { DesiredBuild, DesiredService } from '../compose/desired.ts';
import type { Context } from '../context.ts';
import { BeltError, messageOf, UsageError } from '../errors.ts';
import { quoteWord } from '../quote.ts';

/** What it prints, its results too, goes to stderr: stdout is belt's. */
const TO_STDERR = 'exec "$@" >&2';

/** What docker, its plugins, git and the system do otherwise for: `GIT_SHA` and `GO_VERSION`, say, they do not read. */
const OTHERS_OWN = [
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|IFS|BASH_ENV|SHELLOPTS|BASHOPTS|TMPDIR|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|GODEBUG)$/,
  /^(?:DOCKER|BUILDX|EXPERIMENTAL_BUILDKIT|XDG|LD|DYLD|OTEL|DBUS|GIT_CONFIG|GIT_TRACE)_/,
  /^(?:GIT_(?:DIR|WORK_TREE|COMMON_DIR|EXEC_PATH|SSH|SSH_COMMAND|ASKPASS|PROXY_COMMAND)|SSH_(?:AUTH_SOCK|ASKPASS)|SSL_CERT_(?:FILE|DIR))$/,
  /^BUILDKIT_(?:HOST|PROGRESS|COLORS|NO_CLIENT_TOKEN|TTY_LOG_LINES)$/,
  /_PROXY$/i,
];

const isOthersOwn = (name: string): boolean => OTHERS_OWN.some((pattern) => pattern.test(name));

/**
 * Docker takes the values of arguments from its environment, and one of these names would change docker itself. As an argument of the
 * command the value would be seen by everybody on this machine.
 * @throws UsageError naming one that is to be something else there than it is
 */
export function checkArgs({ env }: Pick<Context, 'env'>, { name: service, at, build: wanted }: DesiredService): void {
  const [name] =
    Object.entries(wanted?.args ?? {}).find(([name, value]) => isOthersOwn(name) && env[name] !== value) ?? [];
  if (name === undefined) return;
  throw new UsageError(
    `${at.file}:${at.line}:${at.column}: ${service}: build.args.${name} cannot be given to docker build without changing docker itself, which reads ${name} too`,
    {
      hint: `give it another name in the Dockerfile; or set ${name} for belt, and only name it in the file: args: [${name}]`,
    },
  );
}

/** @throws BeltError where there is no docker here, or it fails */
export async function build(context: Context, service: DesiredService, wanted: DesiredBuild): Promise<void> {
  const { signal, interrupts, out, cwd } = context;
  const image = service.spec.TaskTemplate.ContainerSpec.Image;
  out.note(`building ${image} for ${service.name}`);
  const launch = await context.launch();
  const words = ['-c', TO_STDERR, 'sh', 'docker', ...buildWords(wanted, { image, platform: service.platform })];
  // Values of arguments may be secret: docker takes them from its environment.
  const child = launch('sh', words, { cwd, env: { ...context.env, ...wanted.args } });
  const forget = interrupts.yieldTo((name) => child.kill(name));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(new BeltError(`docker cannot be started: ${messageOf(error)}`)));
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (code === 127) {
      throw new BeltError(`${service.name}: there is no docker on this machine to build ${image} with`, {
        hint: `install it, or build it elsewhere and push it: docker save ${quoteWord(image)} | belt push -f -`,
      });
    }
    if (code !== 0)
      throw new BeltError(`${service.name}: docker build of ${image} failed (exit code ${code ?? 'none'})`);
  } finally {
    forget();
  }
}

/** What follows `docker`. */
export const buildWords = (
  { context, dockerfile, args, target }: DesiredBuild,
  { image, platform }: { image: string; platform: string | undefined },
): string[] => [
  ...['build', '--tag', image],
  ...(platform === undefined ? [] : ['--platform', platform]),
  ...(dockerfile === undefined ? [] : ['--file', dockerfile.startsWith('/') ? dockerfile : `${context}/${dockerfile}`]),
  ...(target === undefined ? [] : ['--target', target]),
  ...Object.keys(args).flatMap((name) => ['--build-arg', name]),
  context,
];
