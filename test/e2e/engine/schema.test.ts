// What belt writes for cloud-init is valid to the real one, of each release that droplets boot.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOwn } from '../../../src/cloud/own-userdata.ts';
import { type UserDataParts, userData } from '../../../src/cloud/userdata.ts';
import { PLAIN_ENGINE } from '../../../src/config/cluster/types.ts';
import { newKeyPair } from '../../../src/new-key.ts';
import { library } from '../../../src/sandbox/images/library.ts';
import { SUITES, type Suite } from '../../../src/sandbox/images/recipes.ts';
import { partsOf } from '../../../src/sandbox/userdata/mime.ts';
import { IMAGES, onEngines } from './engine.ts';

/** Runs cloud-init on the file, in the image and with nothing of it changed. */
const CHECK = `
mount -t tmpfs check "$1"
cd "$1"
mkdir upper work root
mount -t overlay -o "lowerdir=$2,upperdir=upper,workdir=work" check root
mount -t proc proc root/proc
printf %s "$3" > root/tmp/config.yaml
exec chroot root cloud-init schema --config-file /tmp/config.yaml 2>&1
`;

onEngines('cloud-init schema', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-schema-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function check(suite: Suite, config: string): string {
    const image = library(IMAGES).disk(`base-${suite}`);
    const words = ['--mount', '--propagation', 'private', 'sh', '-ec', CHECK, 'sh', folder, image, config];
    try {
      return execFileSync('unshare', words, { encoding: 'utf8' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  const hostKey = newKeyPair();
  const engine = {
    labels: { disk: 'ssd', owner: 'it\'s "ours"' },
    registryMirrors: ['https://mirror.example'],
    logOpts: { 'max-size': '5m' },
  };
  const own = readOwn(Buffer.from('#cloud-config\npackages: [jq]\nruncmd: [[touch, /made]]\n'), 'user-data.yaml');
  const cases: [what: string, parts: UserDataParts][] = [
    ['an engine as it comes', { hostKey, engine: PLAIN_ENGINE, install: true }],
    ['an engine with labels, mirrors and options', { hostKey, engine, install: true, dataPathPort: 7777 }],
    ["the user's own cloud-config beside it", { hostKey, engine, install: false, own }],
  ];

  it.each(SUITES.flatMap((suite) => cases.map(([what, parts]) => ({ suite, what, parts }))))(
    'of $suite accepts $what',
    ({ suite, parts }) => {
      const configs = partsOf(userData(parts)).filter(({ type }) => type === 'text/cloud-config');
      expect(configs).toHaveLength(parts.own === undefined ? 1 : 2);
      for (const { content } of configs) expect(check(suite, content)).toMatch(/^Valid (cloud-config:|schema) \S+$/m);
    },
  );

  it.each(SUITES)('of %s refuses what is no cloud-config', (suite) => {
    expect(check(suite, '#cloud-config\nssh_keys: 7\n')).not.toMatch(/^Valid/m);
  });
});
