#!/usr/bin/env node
// The launcher: nothing but starting the built program, as fast as Node allows. CommonJS, since Node's module loader for
// ESM alone takes longer than printing a version.
const [first, ...more] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && more.length === 0) {
  process.stdout.write(`${require('../package.json').version}\n`);
} else {
  // Newer Nodes keep compiled code beside the build; a folder that cannot be written is no error to them.
  require('node:module').enableCompileCache?.(require('node:path').join(__dirname, '../dist/.cache'));
  import('../dist/main.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write('error: belt is not built yet\nhint: run `npm install && npm run build` in its folder\n');
    process.exit(1);
  });
}
