// What runs on the node for one task: docker's words, found out there where they are not given.
import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { ContainerGone } from '../../engine/container-files.ts';
import { killExec, newMark } from '../../engine/execs.ts';
import { BeltError, UsageError } from '../../errors.ts';
import type { ManyCommand } from '../../fleet/on-many.ts';
import { quoteWord } from '../../quote.ts';
import type { Connection } from '../../ssh/connection.ts';
import type { Place } from '../../tasks/find.ts';
import { besideLine, execLine, findShellLine, IMAGES_LINE, toolbox } from './lines.ts';
import type { ShOptions } from './options.ts';

export interface Streams {
  hasTerminal: boolean;
  hasInput: boolean;
}

/** `docker exec` of a command, with what sends signals to it. @throws UsageError where it is too long */
export function execCommand(
  { clock, signal }: Context,
  { container, name, task }: Place,
  argv: readonly string[],
  { user, workdir, ...streams }: Streams & Pick<ShOptions, 'user' | 'workdir'>,
): ManyCommand {
  const mark = newMark(randomBytes(6).toString('hex'));
  const command = execLine(argv, { ...streams, container, user, workdir, mark });
  return {
    command,
    told: `exec in ${name}`,
    kill: killExec(container, mark, { clock, signal }),
    // Nothing takes the place of one that is no task.
    ...(task && { refusal: { beginnings: BEGINNINGS, read: (words: string) => goneIn(words, { container, name }) } }),
  };
}

/** How docker's client begins what an engine refuses; before 23 some of it otherwise. */
const BEGINNINGS = ['Error response from daemon: ', 'Error: No such container: '];

/** Whether these are docker's words for a container that is gone, and no more than them. */
function goneIn(words: string, { container, name }: Pick<Place, 'container' | 'name'>): ContainerGone | undefined {
  const why = words.trim().replace(/^Error( response from daemon)?: /, '');
  const [, other] = /^No such container: (\S+)$/i.exec(why) ?? /^container (\S+) is not running$/i.exec(why) ?? [];
  // An image's own docker may say the same of another container.
  return other === container ? new ContainerGone(name, 404, why) : undefined;
}

/** `docker run` of an image that the node has. @throws BeltError where it has none that will do */
export async function besideCommand(
  connection: Connection,
  { container, name, node }: Place,
  argv: readonly string[],
  options: Streams & Pick<ShOptions, 'user' | 'workdir' | 'image'>,
): Promise<ManyCommand> {
  const { stdout } = await connection.run(IMAGES_LINE);
  const images = stdout.split('\n').filter((line) => line !== '' && !line.includes('<none>'));
  const image = options.image ?? toolbox(images);
  const again = `belt sh ${quoteWord(name)} --image`;
  if (image === undefined) {
    throw new UsageError(`${node.name} has no image that is known to have tools`, {
      hint: `name one that it has: ${again} ${quoteWord(images[0] ?? 'IMAGE')} (see: belt --host ${node.name} docker images)`,
    });
  }
  if (!hasImage(images, image)) {
    throw new BeltError(`${node.name} does not have the image ${image}`, {
      hint: `pull it first: belt --host ${node.name} docker pull ${quoteWord(image)}`,
    });
  }
  return { command: besideLine(argv, { ...options, container, image }), told: `beside ${name}` };
}

/** One with a digest, or by its id, docker judges itself. */
const hasImage = (images: readonly string[], image: string): boolean =>
  /@|^sha256:|^[0-9a-f]{12,64}$/.test(image) || images.includes(image) || images.includes(`${image}:latest`);

/** The path of a shell in the container. @throws ContainerGone; BeltError where it has none, or cannot be asked */
export async function findShell(connection: Connection, { container, name }: Place): Promise<string> {
  const { code, stdout, stderr } = await connection.run(findShellLine(container));
  const [path] = stdout.split('\n');
  if (code === 0 && path) return path.startsWith('/') ? path : 'sh';
  const gone = goneIn(stderr, { container, name });
  if (gone) throw gone;
  const why = stderr.trim().replace(/^Error response from daemon: /, '');
  if (!/executable file not found|no such file or directory/i.test(`${stdout}${stderr}`)) {
    throw new BeltError(`${name}: ${why === '' ? `docker ended with ${code}` : why}`);
  }
  throw new BeltError(`${name} has no shell: its image holds little more than its program`, {
    hint: `look into it from another image, which its node has: belt sh ${quoteWord(name)} --beside`,
  });
}
