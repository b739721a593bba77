// The SFTP subsystem of a simulated host (draft-ietf-secsh-filexfer-02), without extensions: on its files in memory.
import ssh2, { type SFTPWrapper } from 'ssh2';
import type { FileTree } from './file-tree.ts';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

interface Open {
  path: string;
  /** Of a folder: the names that were not told yet. */
  names?: string[];
}

/** Answers the requests of one session. `began` is called at the first bytes that are read or written. */
export function answerSftp(sftp: SFTPWrapper, tree: FileTree, began: () => void): void {
  const session = new Session(sftp, tree, began);
  sftp.on('end', () => exit(sftp));
  answerPaths(session);
  answerFolders(session);
  answerFiles(session);
}

class Session {
  readonly sftp: SFTPWrapper;
  readonly tree: FileTree;
  readonly #handles = new Map<number, Open>();
  #next = 0;
  #began: (() => void) | undefined;

  constructor(sftp: SFTPWrapper, tree: FileTree, began: () => void) {
    this.sftp = sftp;
    this.tree = tree;
    this.#began = began;
  }

  begin(): void {
    this.#began?.();
    this.#began = undefined;
  }

  /** Answers with a handle for what was opened. */
  grant(id: number, open: Open): void {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(this.#next);
    this.#handles.set(this.#next++, open);
    this.sftp.handle(id, handle);
  }

  opened(handle: Buffer): Open | undefined {
    return this.#handles.get(handle.readUInt32BE());
  }

  close(handle: Buffer): boolean {
    return this.#handles.delete(handle.readUInt32BE());
  }

  status(id: number, isDone: boolean): void {
    this.sftp.status(id, isDone ? STATUS_CODE.OK : STATUS_CODE.FAILURE);
  }

  missing(id: number): void {
    this.sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  }
}

function answerPaths(session: Session): void {
  const { sftp, tree } = session;
  const stat = (id: number, path: string) => {
    const found = tree.attributes(tree.resolve(path));
    if (found) sftp.attrs(id, found);
    else session.missing(id);
  };
  sftp.on('REALPATH', (id, path) => sftp.name(id, [named(tree.resolve(path))]));
  sftp.on('STAT', stat).on('LSTAT', stat);
  sftp.on('FSTAT', (id, handle) => stat(id, session.opened(handle)?.path ?? ''));
  sftp.on('REMOVE', (id, path) => session.status(id, tree.remove(tree.resolve(path))));
  sftp.on('RENAME', (id, from, to) => session.status(id, tree.rename(tree.resolve(from), tree.resolve(to))));
  sftp.on('SETSTAT', (id, path, change) => {
    tree.change(tree.resolve(path), change);
    session.status(id, true);
  });
}

function answerFolders(session: Session): void {
  const { sftp, tree } = session;
  sftp.on('MKDIR', (id, path, { mode = 0o755 }) => session.status(id, tree.makeFolder(tree.resolve(path), mode)));
  sftp.on('OPENDIR', (id, given) => {
    const path = tree.resolve(given);
    if (tree.isFolder(path)) session.grant(id, { path, names: tree.names(path) });
    else session.missing(id);
  });
  sftp.on('READDIR', (id, handle) => {
    const open = session.opened(handle);
    const names = open?.names?.splice(0) ?? [];
    if (!open || names.length === 0) return sftp.status(id, STATUS_CODE.EOF);
    const at = open.path === '/' ? '' : open.path;
    sftp.name(
      id,
      names.map((name) => ({ ...named(name), attrs: tree.attributes(`${at}/${name}`)! })),
    );
  });
}

function answerFiles(session: Session): void {
  const { sftp, tree } = session;
  sftp.on('OPEN', (id, filename, flags, { mode = 0o644 }) => {
    const path = tree.resolve(filename);
    const isThere = tree.content(path) !== undefined;
    if (isThere && flags & OPEN_MODE.EXCL) return session.status(id, false);
    if (!isThere && (!(flags & OPEN_MODE.CREAT) || !tree.create(path, mode))) return session.missing(id);
    if (isThere && flags & OPEN_MODE.TRUNC) tree.change(path, { size: 0 });
    session.grant(id, { path });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    session.begin();
    const bytes = tree.content(session.opened(handle)?.path ?? '')?.subarray(offset, offset + length);
    if (bytes && bytes.length > 0) sftp.data(id, bytes);
    else sftp.status(id, STATUS_CODE.EOF);
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const open = session.opened(handle);
    if (open) tree.write(open.path, data, offset);
    session.status(id, open !== undefined);
    session.begin();
  });
  sftp.on('FSETSTAT', (id, handle, change) => {
    const open = session.opened(handle);
    if (open) tree.change(open.path, change);
    session.status(id, open !== undefined);
  });
  sftp.on('CLOSE', (id, handle) => session.status(id, session.close(handle)));
}

/** As sftp-server does at the end of its input: OpenSSH's scp waits for it. The library's SFTP has no exit of its own. */
function exit(sftp: SFTPWrapper): void {
  const { _protocol: protocol, outgoing } = sftp as unknown as {
    _protocol: { exitStatus(channel: number, code: number): void };
    outgoing: { id: number; state: string };
  };
  if (outgoing.state === 'open') protocol.exitStatus(outgoing.id, 0);
  sftp.end();
}

const named = (filename: string) => ({ filename, longname: filename, attrs: NO_ATTRIBUTES });

const NO_ATTRIBUTES = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
