// The entry point of `belt __complete` alone, with nothing in it that a Tab does not need.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../../home.ts';
import { answer } from './answer.ts';
import type { DeclaredCommands } from './declared.ts';

void main();

async function main(): Promise<void> {
  process.stdout.on('error', () => {});
  try {
    const declared: DeclaredCommands = JSON.parse(readFileSync(join(__dirname, 'complete.json'), 'utf8'));
    const here = { env: process.env, cwd: process.cwd(), home: homeFolder(process.env) };
    process.stdout.write(await answer(process.argv.slice(3), declared, here));
  } catch {
    // The folder is gone, or the like: then nothing is completed.
  }
}
