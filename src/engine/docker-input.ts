// Whether docker reads its stdin, judging by its arguments. belt must not consume what docker does not read: the next command of a script
// may be waiting for it. Pure.
import { type DockerLine, isOn, valuesOf } from './docker-line.ts';

/**
 * `none`: it reads nothing. `stream`: bytes, wherever they come from. `terminal`: it may ask, hide what is typed or refuse a
 * terminal, so it needs one if there is one.
 */
export type DockerInput = 'none' | 'stream' | 'terminal';

/** Names of a file by which docker reads its stdin. */
export const isStdin = (file: string): boolean => file === '-' || STDIN_FILES.test(file);

const STDIN_FILES = /^\/dev\/(stdin|fd\/0)$|^\/proc\/self\/fd\/0$/;

type Reads = (line: DockerLine) => DockerInput | boolean;

const asks: Reads = (line) => !isOn(line, 'force');
const never: Reads = () => false;
const always: Reads = () => true;

/** An option with a file's name that is stdin. */
const fromOption =
  (...names: string[]): Reads =>
  (line) =>
    valuesOf(line, ...names)
      .flatMap((value) => value.split(','))
      .some(isStdin);

/** An argument, by its place, that is stdin. */
const fromArg =
  (index: number): Reads =>
  ({ args }) =>
    isStdin(args[index] ?? '');

/** A file of variables and labels has no name for stdin but that of the device. */
const DEVICE_OPTIONS = ['env-file', 'label-file', 'ca-cert', 'ca-key'];
const fromDevice: Reads = (line) => valuesOf(line, ...DEVICE_OPTIONS).some((file) => STDIN_FILES.test(file));

const READS: Readonly<Record<string, Reads>> = {
  'builder prune': asks,
  'config create': fromArg(1),
  'container attach': (line) => !isOn(line, 'no-stdin'),
  'container cp': ({ args }) => args[0] === '-',
  'container exec': (line) =>
    fromDevice(line) || (isOn(line, 'interactive') && !isOn(line, 'detach') && ofContainer(line)),
  'container prune': asks,
  'container run': (line) => fromDevice(line) || (attachesStdin(line) && !isOn(line, 'detach') && ofContainer(line)),
  'container start': (line) => isOn(line, 'interactive'),
  'context import': fromArg(1),
  'image build': (line) => isStdin(line.args[0] ?? '') || fromOption('file')(line),
  'image import': fromArg(0),
  'image load': (line) => valuesOf(line, 'input').every(isStdin),
  'image prune': asks,
  'image pull': never,
  'image push': signs,
  login: (line) =>
    isOn(line, 'password-stdin') || !['username', 'password'].every((name) => valuesOf(line, name).length > 0),
  'network prune': asks,
  'network rm': (line) => !isOn(line, 'force') && line.args.some(mayBeIngress),
  'plugin install': (line) => !isOn(line, 'grant-all-permissions'),
  'plugin push': signs,
  'plugin upgrade': (line) => !isOn(line, 'grant-all-permissions') || !isOn(line, 'skip-remote-check'),
  'secret create': fromArg(1),
  'stack config': fromOption('compose-file'),
  'stack deploy': fromOption('compose-file'),
  'swarm unlock': always,
  'system dial-stdio': () => 'stream',
  'system prune': asks,
  'trust key generate': always,
  'trust key load': always,
  'trust revoke': (line) => !isOn(line, 'yes'),
  'trust sign': always,
  'trust signer add': always,
  'trust signer remove': always,
  'volume prune': asks,
};

/** Whether docker reads its stdin, and how. Unknown commands belong to a plugin: nothing is known about them. */
export function dockerInput(line: DockerLine): DockerInput {
  if (line.isHelp) return 'none';
  if (line.command === undefined) return 'terminal';
  const reads = (READS[line.command] ?? fromDevice)(line);
  if (typeof reads === 'string') return reads;
  if (reads) return 'terminal';
  // An option of a newer docker, which may read stdin.
  return line.hasUnknownOptions ? 'stream' : 'none';
}

/** Whether docker was asked to give the container a terminal. */
export const asksForTerminal = (line: DockerLine): boolean =>
  (line.command === 'container run' || line.command === 'container exec') && isOn(line, 'tty');

/** A container without a terminal takes bytes as they come. */
function ofContainer(line: DockerLine): DockerInput {
  return isOn(line, 'tty') ? 'terminal' : 'stream';
}

function attachesStdin(line: DockerLine): boolean {
  const attached = valuesOf(line, 'attach').flatMap((value) => value.split(','));
  return attached.length > 0 ? attached.some((stream) => /^stdin$/i.test(stream)) : isOn(line, 'interactive');
}

/** With content trust the key's passphrase is asked for. */
function signs(line: DockerLine): boolean {
  const value = valuesOf(line, 'disable-content-trust').at(-1);
  return value !== undefined && !isOn(line, 'disable-content-trust');
}

/** The ingress network is removed after a question, also where it is named by its id. */
const mayBeIngress = (network: string): boolean =>
  network === 'ingress' || /^([0-9a-z]{12}|[0-9a-z]{25})$/.test(network);
