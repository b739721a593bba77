#!/bin/sh
// 2>/dev/null; exec node -- "$0" "$@"
// For a shell the line above is all of this file. Without the `--` Node 20 reads the file of a `--env-file` among docker's words.
// The launcher: nothing but starting the built program, as fast as Node allows.
const [first, ...more] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && more.length === 0) {
  process.stdout.on('error', ({ code, message }) => {
    if (code !== 'EPIPE') process.stderr.write(`error: cannot write to standard output: ${message}\n`);
    process.exitCode = code === 'EPIPE' ? 0 : 1;
  });
  process.stdout.write(`${require('../package.json').version}\n`);
} else {
  try {
    require('../dist/main.cjs');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write('error: belt is not built yet\nhint: run `npm install && npm run build` in its folder\n');
    process.exitCode = 1;
  }
}
