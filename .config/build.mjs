// Bundles src/ into dist/: the command (a chunk a room, so that a command loads only what it uses) and the sandbox's own
// process (dist/sandbox/), which alone needs the server half of ssh2.
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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
    const ssh2 = /ssh2[\\/]lib[\\/](server|http-agents|protocol[\\/]SFTP|agent|protocol[\\/]crypto[\\/]poly1305)\.js$/;
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

/** Builds one program into a folder. */
const bundle = (entry, outdir, plugins) =>
  build({
    absWorkingDir: root,
    entryPoints: { [entry.name]: entry.path },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    chunkNames: 'chunks/[name]-[hash]',
    define: { BELT_VERSION: JSON.stringify(version) },
    plugins: [unreached, native, ...plugins],
    logLevel: 'warning',
    banner: {
      // Bundled CommonJS packages (ssh2, do-wrapper, dockerode) look for these.
      js: [
        'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fp}from"node:url";',
        'const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__fp(new URL(".",import.meta.url));',
      ].join(''),
    },
  });

// Built beside dist/ and moved into place, so that a belt that runs meanwhile never sees half a build.
const fresh = mkdtempSync(join(root, '.dist-'));
try {
  await bundle({ name: 'main', path: 'src/main.ts' }, fresh, [clientOnly, noPrograms]);
  await bundle({ name: 'sandbox', path: 'src/sandbox/daemon.ts' }, join(fresh, 'sandbox'), []);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(root, 'dist'));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
