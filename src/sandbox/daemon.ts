// The sandbox's own process (dist/sandbox/sandbox.js). Its one argument is JSON: { name, folder, imagesFolder, options }.
import { messageOf } from '../errors.ts';
import { removeInfo, writeInfo } from './info.ts';
import { runSandbox, type SandboxSetup } from './run.ts';

async function main(): Promise<void> {
  const setup = JSON.parse(process.argv[2] ?? '{}') as Partial<SandboxSetup>;
  const { name, folder, imagesFolder = '', options = {} } = setup;
  if (!name || !folder) throw new Error('usage: node sandbox.js \'{"name": "…", "folder": "…", "options": {…}}\'');
  const { info, close } = await runSandbox({ name, folder, imagesFolder, options }, log);

  let ending = false;
  const end = async (why: string) => {
    if (!ending) {
      ending = true;
      log(`ending: ${why}`);
      removeInfo(folder);
      await close();
      process.exit(0);
    }
  };
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGINT', () => void end('SIGINT'));

  writeInfo(info);
  log(`ready at ${info.apiUrl}, SSH on port ${info.sshPort}`);
  // control.ts, which started it, waits for this message.
  process.send?.('ready');
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) => log(`unhandled: ${reason instanceof Error ? reason.stack : reason}`));

main().catch((error) => {
  // The last line of the log is shown to the user.
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
