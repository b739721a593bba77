// Bundles src/ into dist/: one entry for the command, one for the sandbox's own process, and a chunk a room,
// so that a command loads only what it uses.
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Modules whose import costs more than all of belt and whose code belt never reaches. */
const stubs = {
  name: 'stubs',
  setup(builder) {
    // do-wrapper's transport; belt gives do-wrapper its own request helper (src/cloud/transport.ts).
    // dockerode's buildkit session; belt never builds images.
    builder.onResolve({ filter: /^(got|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)(\/.*)?$/ }, ({ path }) => ({
      path,
      namespace: 'stub',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

// Built beside dist/ and moved into place, so that a belt that runs meanwhile never sees half a build.
const fresh = mkdtempSync(join(root, '.dist-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts', sandbox: 'src/sandbox/daemon.ts' },
    outdir: fresh,
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    chunkNames: 'chunks/[name]-[hash]',
    external: ['cpu-features', '*.node'],
    define: { BELT_VERSION: JSON.stringify(version) },
    plugins: [stubs],
    logLevel: 'warning',
    banner: {
      // Bundled CommonJS packages (ssh2, do-wrapper, dockerode) look for these.
      js: [
        'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fp}from"node:url";',
        'const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__fp(new URL(".",import.meta.url));',
      ].join(''),
    },
  });
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(root, 'dist'));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
