// What a command of a simulated host has access to.
import type { EngineHttp } from '../../engine/api/http.ts';
import type { Engine } from '../../engine/model/engine.ts';
import type { World } from '../../engine/model/world.ts';
import type { FileTree } from '../file-tree.ts';
import type { Process, ProcessTable } from '../process.ts';

/** The host as its commands see it. */
export interface HostView {
  readonly world: World;
  readonly hostname: string;
  /** When its sshd began to listen, ms since the epoch. */
  readonly record: { readonly sshAt?: number };
  /** The tiny file system: what cloud-init wrote. */
  readonly files: Map<string, Buffer>;
  /** The same with its folders and what belongs to each name. */
  readonly tree: FileTree;
  readonly processes: ProcessTable;
  /** Undefined when the image brings no engine, and none was installed yet. */
  readonly engine: Engine | undefined;
  readonly http: EngineHttp;
  /** How long cloud-init still runs, in ms; 0 when it is done. */
  cloudInitLeftMs(): number;
  /** sshd reads its host key again; connections that stand are left alone. */
  reloadSshd(): void;
  /** What went wrong in it, in its own words. */
  readonly cloudInitErrors: readonly string[];
}

export interface Running {
  process: Process;
  host: HostView;
  /** Who runs it. */
  user: string;
  /** What sshd tells of the connection: the client's address and port, and the host's own. */
  sshConnection: string;
  words: string[];
}

/** Runs to the end and returns the exit code, or what it prints. A signal ends it from outside. @throws Failure */
export type Command = (running: Running) => Promise<number | string> | number | string;
