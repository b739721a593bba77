// docker's credential helpers: programs that keep passwords in a keychain (docker-credential-helpers, README: the protocol).
import { spawn } from 'node:child_process';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { limited } from '../wait.ts';

const HELPER_MS = 30_000;

interface Asking {
  verb: 'get' | 'store' | 'erase';
  /** The registry; what to store, which goes nowhere else. */
  input: string;
}

/** What it said; undefined where it has no such credentials. @throws BeltError without what it said, which may be secret */
export async function askHelper(
  context: Context,
  helper: string,
  { verb, input }: Asking,
): Promise<string | undefined> {
  if (!/^[\w.-]+$/.test(helper)) throw new BeltError(`invalid credential helper ${JSON.stringify(helper)}`);
  const program = `docker-credential-${helper}`;
  const late = `${program} does not answer (${HELPER_MS / 1000} s)`;
  const { code, stdout } = await limited((signal) => run(context, [program, verb], { input, signal }), {
    ...context,
    timeoutMs: HELPER_MS,
    late,
  });
  if (/credentials not found/.test(stdout)) return undefined;
  if (code !== 0) throw new BeltError(`${program} failed with exit code ${code}`);
  return stdout;
}

function run(
  { env, cwd }: Context,
  [program, verb]: [program: string, verb: string],
  { input, signal }: { input: string; signal: AbortSignal },
): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [verb], { env: { ...env }, cwd, signal, stdio: ['pipe', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (error) =>
      reject(
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? new BeltError(`there is no ${program} on this machine`)
          : error,
      ),
    );
    child.on('close', (code) => resolve({ code, stdout }));
  });
}
