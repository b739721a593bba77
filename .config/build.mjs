// Bundles src/ into dist/, for a quick start: CommonJS, since Node's ESM loader takes longer than all of `belt help`.
//   main.cjs     the words of every command; all that help and errors need
//   rooms.cjs    everything else, each module run when it is first asked for, with compiled code beside it (rooms.cache)
//   errors.cjs   the error classes, which both know
//   keeper.cjs   the process that keeps SSH connections between commands
//   complete.cjs what runs at each Tab, with complete.json: what there is to complete
//   help.json    every page of `belt help`, by the words after it
//   sandbox/     the sandbox's own process, which alone needs the server half of ssh2
//   THIRD-PARTY-LICENSES.txt   of the packages in them
// With --cold nothing is run, and no compiled code is kept: what an installation does.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages, licenceTexts } from './licences.mjs';
import { writeCode } from './warm.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** An esbuild plugin that answers imports of `filter` with `contents`. */
const stub = (name, filter, contents) => ({
  name,
  setup(builder) {
    builder.onResolve({ filter }, ({ path }) => ({ path, namespace: name }));
    builder.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, loader: 'js' }));
  },
});

// do-wrapper's transport: belt gives do-wrapper its own request helper (src/cloud/transport.ts).
// dockerode's buildkit session: belt never builds images. Each costs more to import than all of belt.
const unreached = stub(
  'unreached',
  /^(got|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)(\/.*)?$/,
  'module.exports = {};',
);

// ssh2's optional native parts bring nothing measurable; ssh2 takes a failed require as "not installed".
const native = stub('native', /^cpu-features$|\.node$/, 'throw new Error("not installed");');

/** commander starts processes for commands that are programs of their own: belt has none, and the import takes 5 ms. */
const noPrograms = {
  name: 'commander-no-programs',
  setup(builder) {
    builder.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'no-programs' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'no-programs' }, () => ({
      contents: 'module.exports = {};',
      loader: 'js',
    }));
  },
};

/** The parts of ssh2 that only a server needs, or a cipher that belt's client does not offer (src/ssh/connection.ts). */
const clientOnly = {
  name: 'ssh2-client-only',
  setup(builder) {
    const ssh2 = /ssh2[\\/]lib[\\/](server|http-agents|agent|protocol[\\/]crypto[\\/]poly1305)\.js$/;
    builder.onLoad({ filter: ssh2 }, ({ path }) => ({ contents: clientPart(path), loader: 'js' }));
  },
};

function clientPart(path) {
  if (basename(path) === 'poly1305.js') return 'module.exports = async () => ({ _malloc() {}, cwrap() {} });';
  if (basename(path) !== 'agent.js') return 'module.exports = {};';
  // Only Pageant and Cygwin start processes.
  const eager = "const { execFile, spawn } = require('child_process');";
  const source = readFileSync(path, 'utf8');
  if (!source.includes(eager)) throw new Error(`${path} is not the ssh2 that this build knows`);
  return source.replace(
    eager,
    "const execFile = (...a) => require('child_process').execFile(...a), spawn = (...a) => require('child_process').spawn(...a);",
  );
}

/** What every bundle has in common. */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  define: { BELT_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
  metafile: true,
};

const commonJs = {
  ...common,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  define: { ...common.define, 'import.meta.url': '__url' },
  banner: { js: 'const __url=require("node:url").pathToFileURL(__filename).href;' },
};

/** The error classes stay in a file of their own, so that `instanceof` means the same on both sides. */
const sharedErrors = {
  name: 'shared-errors',
  setup(builder) {
    builder.onResolve({ filter: /[\\/]errors\.ts$/ }, ({ path, resolveDir }) =>
      join(resolveDir, path) === join(root, 'src/errors.ts') ? { path: './errors.cjs', external: true } : undefined,
    );
  },
};

/** In main.cjs, what is imported when it is needed comes from rooms.cjs; `rooms` collects what that must hold. */
const fromRooms = (rooms) => ({
  name: 'from-rooms',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const room = relative(root, join(resolveDir, path)).replaceAll('\\', '/');
      rooms.add(room);
      return { path: room, namespace: 'room' };
    });
    builder.onResolve({ filter: /^\.\/cached\.cjs$/ }, ({ path }) => ({ path, external: true }));
    builder.onLoad({ filter: /.*/, namespace: 'room' }, ({ path }) => ({
      contents: `module.exports = require('./cached.cjs')('rooms')[${JSON.stringify(path)}]();`,
      resolveDir: root,
    }));
  },
});

async function buildCommand(outdir) {
  const rooms = new Set();
  const main = { ...commonJs, entryPoints: ['src/main.ts'], outfile: join(outdir, 'main.cjs') };
  const hall = await build({ ...main, plugins: [noPrograms, sharedErrors, fromRooms(rooms)] });
  await build({ ...commonJs, entryPoints: ['src/errors.ts'], outfile: join(outdir, 'errors.cjs') });
  const complete = { ...commonJs, entryPoints: ['src/cli/complete/main.ts'], outfile: join(outdir, 'complete.cjs') };
  const tab = await build(complete);
  const keeper = await build({
    ...commonJs,
    entryPoints: ['src/keeper/main.ts'],
    outfile: join(outdir, 'keeper.cjs'),
    plugins: [unreached, native, clientOnly],
  });
  const table = [...rooms].map((room) => `${JSON.stringify(room)}: () => require('./${room}')`);
  const rest = await build({
    ...commonJs,
    stdin: { contents: `module.exports = {${table.join(',\n')}};`, resolveDir: root },
    outfile: join(outdir, 'rooms.cjs'),
    plugins: [sharedErrors, unreached, native, clientOnly],
  });
  checkAscii(join(outdir, 'rooms.cjs'));
  copyFileSync(join(root, '.config/cached.cjs'), join(outdir, 'cached.cjs'));
  return [hall.metafile, rest.metafile, tab.metafile, keeper.metafile];
}

/** esbuild escapes other characters in strings and names, but not in regular expressions and in String.raw. @throws Error that shows one */
function checkAscii(file) {
  const found = /.{0,40}\P{ASCII}.{0,20}/u.exec(readFileSync(file, 'utf8'));
  if (found !== null) throw new Error(`write it as \\u…, so that the bundle is ASCII: ${found[0]}`);
}

/** Nothing of belt runs for it but the declarations of its commands. */
async function writeHelp(outdir) {
  const rooms = createRequire(import.meta.url)(join(outdir, 'cached.cjs'))('rooms');
  writeFileSync(join(outdir, 'help.json'), JSON.stringify(await rooms['src/cli/help.ts']().pages()));
  const declared = await rooms['src/cli/complete/declared.ts']().declaredCommands();
  writeFileSync(join(outdir, 'complete.json'), JSON.stringify(declared));
}

const buildSandbox = (outdir) =>
  build({
    ...common,
    entryPoints: { sandbox: 'src/sandbox/daemon.ts' },
    outdir,
    format: 'esm',
    plugins: [unreached, native],
    banner: {
      // Bundled CommonJS packages (ssh2) look for these.
      js: [
        'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fp}from"node:url";',
        'const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__fp(new URL(".",import.meta.url));',
      ].join(''),
    },
  });

// Built beside dist/ and moved into place, so that a belt that runs meanwhile never sees half a build.
const fresh = mkdtempSync(join(root, '.dist-'));
try {
  const metafiles = await buildCommand(fresh);
  metafiles.push((await buildSandbox(join(fresh, 'sandbox'))).metafile);
  const licences = licenceTexts(root, bundledPackages(metafiles));
  writeFileSync(join(fresh, 'THIRD-PARTY-LICENSES.txt'), `${licences}\n`);
  await writeHelp(fresh);
  try {
    if (!process.argv.includes('--cold')) writeCode(fresh);
  } catch (error) {
    // belt works without it, and starts a little later.
    process.stderr.write(`build: no compiled code is kept: ${error.message}\n`);
  }
  // mkdtemp makes folders for their owner alone; belt may be installed for everybody.
  chmodSync(fresh, 0o755);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(root, 'dist'));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
