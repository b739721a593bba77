// What a docker command is given by the host it runs on.

/** Its streams. A signal ends it from outside. */
export interface CliProcess {
  readonly stdin: NodeJS.ReadableStream;
  /** Undefined without a pty. */
  readonly terminal: { rows: number; cols: number } | undefined;
  /** Whether the terminal shows what is typed. */
  echoes: boolean;
  /** Resolves when the other side had room for it. */
  out(data: string | Buffer): Promise<void>;
  err(data: string | Buffer): Promise<void>;
}
