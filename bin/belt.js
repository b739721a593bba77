#!/bin/sh
// 2>/dev/null; exec node -- "$0" "$@"
// For a shell the line above is all of this file. Without the `--` Node 20 reads the file of a `--env-file` among docker's words.
// The launcher: nothing but starting the built program, as fast as Node allows.
const words = process.argv.slice(2);
const text = textFor(words);
if (text !== undefined) {
  process.stdout.on('error', ({ code, message }) => {
    // As in `ENOSPC: no space left on device, write`.
    const [, why = message] = /^[A-Z]+: (.*), write$/.exec(message) ?? [];
    if (code !== 'EPIPE') process.stderr.write(`error: cannot write to standard output: ${why}\n`);
    process.exitCode = code === 'EPIPE' ? 0 : 1;
  });
  process.stdout.write(text);
} else {
  try {
    require(words[0] === '__complete' ? '../dist/complete.cjs' : '../dist/main.cjs');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write('error: belt is not built yet\nhint: run `npm install && npm run build` in its folder\n');
    process.exitCode = 1;
  }
}

/** The version and the pages of help are there already: nothing has to be loaded for them. */
function textFor(words) {
  const [first] = words;
  if (words.length === 1 && (first === '--version' || first === '-V')) return `${require('../package.json').version}\n`;
  const last = words.at(-1);
  const asks = words.length === 0 || first === 'help' || last === '--help' || last === '-h';
  // What stands after `docker` is docker's.
  if (!asks || (first === 'docker' && words.length > 1)) return undefined;
  const topic = (first === 'help' ? words.slice(1) : words.slice(0, -1)).join(' ');
  const pages = readPages();
  // As the build keeps what `belt` alone prints (src/cli/help.ts).
  const key = words.length === 0 ? ' ' : topic;
  return Object.hasOwn(pages, key) ? pages[key] : undefined;
}

function readPages() {
  try {
    return require('../dist/help.json');
  } catch {
    return {};
  }
}
