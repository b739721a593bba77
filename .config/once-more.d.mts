/** A file of which something failed. */
export interface FailedFile {
  /** Of vitest's projects. */
  project: string;
  /** From the root of the repository. */
  file: string;
  /** What failed, in words. */
  tests: string[];
}

/** What failed in a run of vitest. */
export interface Failures {
  files: FailedFile[];
  /** Those that belong to no file. */
  errors: string[];
}

export function onceMore(
  runs: readonly { code: number; failures: Failures | undefined }[],
  again: (file: FailedFile) => Promise<number>,
): Promise<{ code: number; lines: string[] }>;
