// What runs on the node for `belt sh`, as docker's words. Pure.
import { dockerCommand } from '../../engine/argv.ts';

export interface ExecHow {
  container: string;
  /** A terminal in the container. */
  hasTerminal: boolean;
  /** Whether it reads what is given to belt. */
  hasInput: boolean;
  user?: string | undefined;
  workdir?: string | undefined;
  /** By which it is found again (engine/execs.ts). */
  mark: string;
}

/** `docker exec` of a command, byte for byte. @throws UsageError where that is too long */
export function execLine(argv: readonly string[], how: ExecHow): string {
  const { container, hasTerminal, hasInput, user, workdir, mark } = how;
  return dockerCommand([
    'exec',
    ...(hasInput ? ['-i'] : []),
    ...(hasTerminal ? ['-t'] : []),
    `--detach-keys=${mark}`,
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...(workdir === undefined ? [] : [`--workdir=${workdir}`]),
    container,
    ...argv,
  ]);
}

/** Prints the path of the best shell in a container. */
export const findShellLine = (container: string): string =>
  dockerCommand(['exec', container, 'sh', '-c', 'command -v bash || command -v sh']);

export interface BesideHow {
  container: string;
  image: string;
  hasTerminal: boolean;
  hasInput: boolean;
  user?: string | undefined;
  workdir?: string | undefined;
}

/**
 * A container of another image among the processes and in the network of the one to look at; it goes when its program ends. The
 * image is one that the node has: pulling may take minutes, and leaves it there.
 */
export function besideLine([program = 'sh', ...words]: readonly string[], how: BesideHow): string {
  const { container, image, hasTerminal, hasInput, user, workdir } = how;
  return dockerCommand([
    'run',
    '--rm',
    '--pull=never',
    ...(hasInput ? ['-i'] : []),
    ...(hasTerminal ? ['-t'] : []),
    `--pid=container:${container}`,
    `--network=container:${container}`,
    // Its files, under /proc/1/root, are another's.
    '--cap-add=SYS_PTRACE',
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...(workdir === undefined ? [] : [`--workdir=${workdir}`]),
    `--entrypoint=${program}`,
    image,
    ...words,
  ]);
}

/** The images that a node has, one a line. */
export const IMAGES_LINE = dockerCommand(['images', '--format', '{{.Repository}}:{{.Tag}}']);

/** Images that are made to look around with, the best first. */
const TOOLBOXES = ['nicolaka/netshoot', 'busybox', 'alpine', 'debian', 'ubuntu'];

/** Of the images of a node one that has tools; undefined where none is known to. */
export function toolbox(images: readonly string[]): string | undefined {
  for (const name of TOOLBOXES) {
    const found = images.find((image) => image.startsWith(`${name}:`));
    if (found !== undefined) return found;
  }
  return undefined;
}
