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

/** Runs a command on the file, in the image and with nothing of it changed. */
const RUN = `
mount -t tmpfs check "$1"
cd "$1"
mkdir upper work root
mount -t overlay -o "lowerdir=$2,upperdir=upper,workdir=work" check root
mount -t proc proc root/proc
printf %s "$3" > root/tmp/given
shift 3
exec chroot root "$@" 2>&1
`;
const SCHEMA = ['cloud-init', 'schema', '--config-file', '/tmp/given'];

/** What cloud-init makes of all parts, as it does at a boot. */
const MERGE = [
  'python3',
  '-c',
  `
import json, logging
from cloudinit import handlers, user_data
from cloudinit.handlers.cloud_config import CloudConfigPartHandler
class Paths:
    def get_ipath(self, name): return '/tmp/merged'
    def get_ipath_cur(self, name): return '/tmp'
    def get_cpath(self, name): return '/tmp'
logging.disable()
handler = CloudConfigPartHandler(Paths())
handler.handle_part(None, handlers.CONTENT_START, None, None, None, None)
for part in user_data.UserDataProcessor(Paths()).process(open('/tmp/given', 'rb').read()).walk():
    if part.get_content_type() == 'text/cloud-config':
        text = part.get_payload(decode=True).decode()
        handler.handle_part(None, part.get_content_type(), 'part', text, None, part)
print(json.dumps(handler.cloud_buf))
`,
];

onEngines('what belt writes for cloud-init', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-schema-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(suite: Suite, words: readonly string[], given: string): string {
    const image = library(IMAGES).disk(`base-${suite}`);
    const apart = ['--mount', '--propagation', 'private', 'sh', '-ec', RUN, 'sh', folder, image, given];
    try {
      return execFileSync('unshare', [...apart, ...words], { encoding: 'utf8' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  const check = (suite: Suite, config: string) => run(suite, SCHEMA, config);

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
    '$suite accepts $what',
    ({ suite, parts }) => {
      const configs = partsOf(userData(parts)).filter(({ type }) => type === 'text/cloud-config');
      expect(configs).toHaveLength(parts.own === undefined ? 1 : 2);
      for (const { content } of configs) expect(check(suite, content)).toMatch(/^Valid (cloud-config:|schema) \S+$/m);
    },
  );

  it.each(SUITES)('%s takes the host key from belt, whatever other parts say', (suite) => {
    const theirs = (keys: string) => `#cloud-config\nruncmd: [true]\npackages: [${keys}]\nssh_keys: {${keys}: mine}\n`;
    const patient = `${theirs('rsa_private')}merge_how: 'dict(recurse_dict)+list(append)'\n`;
    for (const content of [theirs('ed25519_private'), patient]) {
      const text = userData({
        hostKey,
        engine,
        install: true,
        own: { path: 'x', part: { type: 'text/cloud-config', content } },
      });
      const merged = JSON.parse(run(suite, MERGE, text)) as Record<string, unknown>;
      expect({ ...merged, packages: undefined, merge_how: undefined }).toEqual({
        runcmd: [true],
        ssh_keys: {
          ed25519_private: `${hostKey.privateKey.trimEnd()}\n`,
          ed25519_public: hostKey.publicKey.trim(),
        },
      });
    }
  });

  it.each(SUITES)('%s refuses what is no cloud-config', (suite) => {
    expect(check(suite, '#cloud-config\nssh_keys: 7\n')).not.toMatch(/^Valid/m);
  });
});
