// The entry point of the keeper's own process. What it is to hold it reads from its standard input: nothing of that is in an argv.
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { knock } from '../endpoint/socket-folder.ts';
import { thisProcess } from '../processes.ts';
import { pinnedKeys } from '../ssh/pins.ts';
import { Keeper } from './keeper.ts';
import type { Start } from './start.ts';

void main();

async function main(): Promise<void> {
  // Sockets and files of its own are the user's alone from the first moment.
  process.umask(0o177);
  // It ends by itself, or by `belt keep stop`: not with the terminal in which it was started.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {});
  // Whoever started it may be killed before it hears that it is there: the next command finds it.
  process.stdout.on('error', () => {});
  const { socket, record, knownHosts } = JSON.parse(readFileSync(0, 'utf8')) as Start;
  if ((await knock(socket)) === undefined) return;
  rmSync(socket, { force: true });
  const inode = () => lstatSync(socket, { throwIfNoEntry: false })?.ino;
  let own: number | undefined;
  const isOwn = () => inode() === own;
  const leave = ({ isOwn }: { isOwn: boolean }) => {
    if (isOwn) rmSync(record, { force: true });
    // What was written last is still to be read.
    setImmediate(() => process.exit(0));
  };
  const keeper = new Keeper({ path: socket, pins: ({ id }) => pinnedKeys(read(knownHosts), id), isOwn, onEnd: leave });
  process.on('SIGTERM', () => keeper.end());
  await keeper.listen();
  own = inode();
  writeFileSync(record, JSON.stringify(thisProcess()));
  process.stdout.write('ready\n');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
