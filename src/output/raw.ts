// A raw terminal that passes output on as it is.
import { spawnSync } from 'node:child_process';

/**
 * Node's raw mode still turns each newline into return and newline (libuv sets ONLCR), which a remote terminal has done
 * already: full-screen programs would be torn. Leaving raw mode sets everything back.
 */
export function passOutputThrough(): void {
  if (process.platform !== 'win32') spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
