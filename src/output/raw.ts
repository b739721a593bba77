// A terminal whose keys all go to a program elsewhere.
import { spawnSync } from 'node:child_process';

interface Keys {
  setRawMode?: (raw: boolean) => unknown;
}

/**
 * Makes the terminal raw until what this gives is called, also after the process was stopped and goes on: the shell set the
 * terminal to its own mode meanwhile. `passOutput`: output, too, is for the terminal as it is.
 */
export function enterRaw(stdin: Keys, { passOutput }: { passOutput: boolean }): () => void {
  const enter = () => {
    stdin.setRawMode?.(true);
    if (passOutput) passOutputThrough();
  };
  const stop = () => {
    stdin.setRawMode?.(false);
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = () => {
    // Node believes that it is raw still, and would do nothing.
    stdin.setRawMode?.(false);
    enter();
  };
  process.on('SIGTSTP', stop);
  process.on('SIGCONT', goOn);
  enter();
  return () => {
    process.off('SIGTSTP', stop);
    process.off('SIGCONT', goOn);
    stdin.setRawMode?.(false);
  };
}

/**
 * Node's raw mode still turns each newline into return and newline (libuv sets ONLCR), which a remote terminal has done
 * already: full-screen programs would be torn. Leaving raw mode sets everything back.
 */
function passOutputThrough(): void {
  if (process.platform !== 'win32') spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
