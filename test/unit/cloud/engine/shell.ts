// Runs a generated script in a real sh that finds nothing but stand-ins, and a root folder in place of the machine's.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Programs of the machine that a stand-in need not replace. */
const REAL = ['cat', 'chmod', 'cut', 'head', 'mkdir', 'mktemp', 'python3', 'rm', 'sed', 'sh', 'tr'];

export interface Droplet {
  root: string;
  /** Writes a file of the root folder. */
  write(path: string, text: string): void;
  read(path: string): string;
  /** Puts a program there; each call of it is noted first. */
  program(name: string, body?: string): void;
  remove(name: string): void;
  run(script: string): { status: number | null; stdout: string; stderr: string };
  /** The programs that were called, each with its words. */
  calls(): string[];
  end(): void;
}

export function droplet(): Droplet {
  const root = mkdtempSync(join(tmpdir(), 'belt-script-'));
  const at = (path: string) => join(root, path);
  const log = at('calls');
  mkdirSync(at('bin'));
  for (const name of REAL) {
    const found = ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) symlinkSync(found, at(`bin/${name}`));
  }
  const write = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text, { mode: 0o755 });
  };
  return {
    root,
    write,
    read: (path) => readFileSync(at(path), 'utf8'),
    program: (name, body = '') => {
      // A link to the machine's own program must not be written through.
      rmSync(at(`bin/${name}`), { force: true });
      write(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >> '${log}'\n${body}\n`);
    },
    remove: (name) => rmSync(at(`bin/${name}`), { force: true }),
    run: (script) => {
      write(
        'script',
        script.replaceAll(/(?<![\w.])\/((etc|var|proc|sys|run\/cloud-init)\/|swapfile\b)/g, `${root}/$1`),
      );
      const env = { PATH: at('bin'), TMPDIR: root };
      const { status, stdout, stderr } = spawnSync('/bin/sh', [at('script')], { encoding: 'utf8', env });
      return { status, stdout, stderr };
    },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []),
    end: () => rmSync(root, { recursive: true }),
  };
}
