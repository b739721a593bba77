// What goes to one task: a tar that is made as fast as its engine takes it, or one that came from stdin.
import { posix } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Pack, pack } from 'tar-stream';
import type { Context } from '../../context.ts';
import { ContainerGone, containerFile, writeContainer } from '../../engine/container-files.ts';
import type { EnginePatience } from '../../engine/engine.ts';
import { EngineError } from '../../engine/error.ts';
import { BeltError } from '../../errors.ts';
import { quoteWord } from '../../quote.ts';
import type { Connection } from '../../ssh/connection.ts';
import { atTask } from '../../tasks/at-task.ts';
import type { SharedConnections } from '../../tasks/connections.ts';
import type { Copy } from './copy.ts';
import type { LocalEntry } from './local-source.ts';
import { type CopiedFrom, isFolderPath, Misplaced, type Placement, placementOf, wholePath } from './placement.ts';

/** Of the tar, made and not yet taken, in bytes. */
const MOST_AHEAD = 1024 * 1024;
/** What eleven octal digits, or six, hold: what is larger is told beside the header. */
const [MOST_TIME, MOST_ID] = [2 ** 31 - 1, 0o777777];
const MOST_LINKS = 10;

export interface SendOptions {
  /** Owners are kept, as numbers; else all is root's. */
  archive: boolean;
  /** As the user gave it. */
  to: string;
  sources: readonly CopiedFrom[];
}

export class Outgoing {
  readonly copy: Copy;
  readonly #options: SendOptions;
  /** Undefined for a tar from stdin. */
  readonly #pack: Pack | undefined;
  readonly #raw: PassThrough | undefined;
  #placements: readonly Placement[] = [];
  #sink: ReturnType<Pack['entry']> | undefined;
  #entered: Promise<void> | undefined;
  #made = 0;
  #taken = 0;
  #wake: (() => void)[] = [];
  #isOver = false;
  #sending: Promise<void> | undefined;

  /** Without `make` it takes a tar as it is. */
  constructor(copy: Copy, options: SendOptions, make?: typeof pack) {
    this.copy = copy;
    this.#options = options;
    this.#pack = make?.({ highWaterMark: 8 * MOST_AHEAD });
    this.#raw = make ? undefined : new PassThrough({ highWaterMark: MOST_AHEAD });
    const made = this.#pack;
    if (!made) return;
    const push = made.push.bind(made);
    made.push = (piece: Uint8Array | null) => {
      this.#made += piece?.length ?? 0;
      return push(piece);
    };
  }

  /** Finds the task and the place in it, and begins. @throws BeltError where it cannot go there */
  async begin(context: Context, connections: SharedConnections): Promise<void> {
    const { copy } = this;
    const patience = { clock: context.clock, signal: copy.signal };
    const { connection, at, begun } = await atTask(context, connections, copy, (connection, { container }) =>
      this.#placed(connection, container, patience),
    );
    this.#placements = begun;
    const { folder } = begun[0]!;
    this.#sending = writeContainer(connection, { container: at.container, folder }, this.#pieces(), patience)
      .catch((error) => copy.fail(told(error)))
      .finally(() => {
        connections.release(connection);
        this.#over();
      });
  }

  async #placed(connection: Connection, container: string, patience: EnginePatience): Promise<Placement[]> {
    const { place } = this.copy;
    const whole = wholePath(this.#options.to, '/', posix);
    const look = (path: string) => containerFile(connection, container, path, patience);
    // Without what it ends in: of `file/` engines say no more than that they failed.
    let path = posix.resolve(whole);
    let found = await look(path);
    for (let links = 0; found?.kind === 'link' && links < MOST_LINKS; links++) {
      path = found.target;
      found = await look(path);
    }
    if (found?.kind === 'other' || found?.kind === 'link')
      throw new BeltError(`${path}: not a file or folder in ${place.name}`);
    const isStream = this.#raw !== undefined;
    if (isStream && found?.kind !== 'folder') {
      throw new BeltError(`${path}: ${found ? 'not a folder' : 'no such folder'} in ${place.name}`, {
        hint: 'an archive is unpacked into a folder that is there',
      });
    }
    if (isStream) return [{ folder: path, name: undefined }];
    const to = { path, there: found?.kind, isFolderPath: isFolderPath(whole, posix) };
    try {
      const placements = this.#options.sources.map((source) => placementOf(source, to, posix));
      const { folder } = placements[0]!;
      if (found === undefined && (await look(folder))?.kind !== 'folder')
        throw new Misplaced(`${folder}: no such folder`);
      return placements;
    } catch (error) {
      if (!(error instanceof Misplaced)) throw error;
      const [, folder = ''] = /^(.*): no such folder$/s.exec(error.message) ?? [];
      throw new BeltError(`${error.message} in ${place.name}`, {
        hint: folder === '' ? undefined : `make it: belt sh ${quoteWord(place.name)} -- mkdir -p ${quoteWord(folder)}`,
      });
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of (this.#pack ?? this.#raw) as AsyncIterable<Uint8Array>) {
      yield piece;
      this.#taken += piece.length;
      this.#woken();
    }
  }

  #woken(): void {
    for (const go of this.#wake.splice(0)) go();
  }

  #over(): void {
    this.#isOver = true;
    this.#pack?.destroy(null);
    this.#raw?.destroy();
    this.#woken();
  }

  get isOver(): boolean {
    return this.#isOver || this.copy.isFailed;
  }

  /** Begins an entry of the source at this place in the list; resolves when there is room for more. */
  async entry(source: number, entry: LocalEntry): Promise<void> {
    if (this.isOver || !this.#pack) return;
    const header = headerOf(entry, this.#placements[source]!, this.#options);
    this.#entered = new Promise((done) => {
      this.#sink = this.#pack!.entry(header, () => done());
    });
    this.#sink!.on('error', () => {});
    if (entry.kind !== 'file') await this.#entered;
    else this.copy.files++;
    await this.#room();
  }

  /** Some of the content of the entry. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.isOver) return;
    this.#sink?.write(bytes);
    this.copy.bytes += bytes.length;
    await this.#room();
  }

  /** The content is complete. */
  async entryEnd(): Promise<void> {
    if (this.isOver) return;
    this.#sink?.end(undefined);
    await this.#entered;
  }

  /** Some of a tar from stdin. */
  async writeRaw(bytes: Uint8Array): Promise<void> {
    if (this.isOver) return;
    this.#made += bytes.length;
    this.copy.bytes += bytes.length;
    this.#raw?.write(bytes);
    await this.#room();
  }

  async #room(): Promise<void> {
    while (!this.isOver && this.#made - this.#taken > MOST_AHEAD) {
      await new Promise<void>((go) => this.#wake.push(go));
    }
  }

  /** Resolves when the engine has said how it ended. */
  async finish(): Promise<void> {
    this.#pack?.finalize();
    this.#raw?.end();
    await this.#sending;
  }

  /** Resolves when nothing is sent any more. */
  get ended(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }
}

/** What the engine says of its unpacking has a process's exit code in front, and its own folder. */
function told(error: unknown): unknown {
  if (!(error instanceof EngineError) || error instanceof ContainerGone) return error;
  const [, why] = /^(?:.*?: )Error processing tar file\(exit status \d+\): (.*)$/s.exec(error.message) ?? [];
  return why === undefined ? error : new BeltError(`its engine could not unpack it: ${why}`);
}

type Header = Parameters<Pack['entry']>[0];

function headerOf(
  { kind, names, stats, target, first }: LocalEntry,
  { name }: Placement,
  { archive }: SendOptions,
): Header {
  const nameIn = (below: readonly string[]) => [name ?? '.', ...below].join('/');
  const seconds = Math.floor(stats.mtimeMs / 1000);
  const [uid, gid] = archive ? [stats.uid, stats.gid] : [0, 0];
  const beside = {
    ...(seconds > MOST_TIME && { mtime: seconds }),
    ...(uid > MOST_ID && { uid }),
    ...(gid > MOST_ID && { gid }),
  };
  return {
    name: `${nameIn(names)}${kind === 'folder' ? '/' : ''}`,
    type: TYPES[kind],
    mode: stats.mode & 0o7777,
    mtime: new Date(Math.min(Math.max(0, seconds), MOST_TIME) * 1000),
    size: kind === 'file' ? stats.size : 0,
    uid,
    gid,
    ...(target !== undefined && { linkname: target }),
    ...(first !== undefined && { linkname: nameIn(first) }),
    ...(Object.keys(beside).length > 0 && { pax: beside }),
  };
}

const TYPES = { file: 'file', folder: 'directory', link: 'symlink', 'hard link': 'link', fifo: 'fifo' } as const;
