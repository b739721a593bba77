// Loads a bundle beside this file with the code that V8 compiled for it earlier (copied into dist/ by the build). Newer
// Nodes keep that by themselves; Node 20 cannot, so the build does. Another Node 20 than the build's, or no such file: the
// bundle is compiled anew, and only the time differs.
const { readFileSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const loaded = new Map();

function compiled(name, cachedData) {
  const filename = join(__dirname, `${name}.cjs`);
  // The build sees to it that a bundle is ASCII: read so, it is half as large in memory and takes a third of the time.
  const script = new Script(Module.wrap(readFileSync(filename, 'latin1')), { filename, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, Module.createRequire(filename), module, filename, __dirname);
  return { script, exports: module.exports };
}

function cacheOf(name) {
  try {
    return readFileSync(join(__dirname, `${name}.cache`));
  } catch {
    return undefined;
  }
}

module.exports = (name) => {
  if (Module.enableCompileCache && !loaded.has(name)) {
    Module.enableCompileCache(join(__dirname, '.cache'));
    return require(`./${name}.cjs`);
  }
  if (!loaded.has(name)) loaded.set(name, compiled(name, cacheOf(name)).exports);
  return loaded.get(name);
};

if (require.main === module) {
  // The build (warm.mjs): runs belt with the words that are given, and keeps what was compiled for the bundle.
  const [name, ...words] = process.argv.splice(2);
  process.argv.push(...words);
  const { script, exports } = compiled(name);
  loaded.set(name, exports);
  process.on('exit', () => writeFileSync(join(__dirname, `${name}.cache`), script.createCachedData()));
  require('./main.cjs');
}
