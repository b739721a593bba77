// Processes that cannot outlive the sandbox: the kernel kills them when their parent ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { attempt } from '../attempt.ts';
import { type Hierarchy, joinLines } from './cgroups.ts';
import { ENV } from './run.ts';

/** Words that run the others in the group, as long as this process lives. */
export function bound(groups: readonly Hierarchy[], group: string, words: readonly string[]): string[] {
  const line = [...joinLines(groups, group), 'exec setpriv --pdeathsig KILL -- "$@"'].join('\n');
  return ['sh', '-ec', line, 'sh', ...words];
}

export interface Launched {
  child: ChildProcess;
  /** The signal by which it ended, or its exit code. */
  ended: Promise<NodeJS.Signals | number>;
}

/** Starts it; what it prints goes to `log`. */
export function launch(words: readonly string[], log: (line: string) => void, input?: string): Launched {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: ENV, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => chunk.toString('utf8').trimEnd().split('\n').forEach(log));
  }
  const ended = new Promise<NodeJS.Signals | number>((resolve) => {
    child.once('error', (error) => {
      log(error.message);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0));
  });
  return { child, ended };
}

/** The process that `unshare --fork` started: the first one in the namespaces. */
export function firstChild(pid: number): number | undefined {
  const [first = ''] = attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))?.split(' ') ?? [];
  return first === '' ? undefined : Number(first);
}
