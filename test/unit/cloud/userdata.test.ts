import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { installScript } from '../../../src/cloud/engine/install.ts';
import { prepareScript } from '../../../src/cloud/engine/prepare.ts';
import { type OwnUserData, readOwn } from '../../../src/cloud/own-userdata.ts';
import { MOST_USER_DATA_BYTES, userData } from '../../../src/cloud/userdata.ts';
import { PLAIN_ENGINE } from '../../../src/config/cluster/types.ts';
import { UsageError } from '../../../src/errors.ts';
import { usableHostKeys } from '../../../src/sandbox/hosts/hostKeys.ts';
import { parseUserData } from '../../../src/sandbox/userdata/parse.ts';
import { said } from './things.ts';

const [privateKey = ''] = usableHostKeys([]);
const PAIR = { privateKey, publicKey: publicHalf(privateKey) };

function publicHalf(key: string): string {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}

/** What a droplet makes of it. */
function read(text: string) {
  return parseUserData(text, (line) => {
    throw new Error(line);
  });
}

/** What is sent to a droplet whose engine is as it comes. */
const data = (own?: OwnUserData) => userData({ hostKey: PAIR, engine: PLAIN_ENGINE, install: true, own });

const own = (text: string) => readOwn(Buffer.from(text), 'user-data.yaml');

/** The content type that each part of an archive is sent with. */
const types = (archive: string) => [...archive.matchAll(/^Content-Type: ([^;]+); charset/gm)].map(([, type]) => type);

/** What belt sends, with what comes from the user. */
const all = (...own: string[]) => [
  'text/cloud-boothook',
  'text/x-shellscript',
  'text/x-shellscript',
  ...own,
  'text/cloud-config',
];

describe('user data', () => {
  test("without the user's own: the host key, readable by cloud-init and by SSH", () => {
    const text = data();
    expect(types(text)).toEqual(all());
    const [key = ''] = read(text).hostKeys;
    expect(publicHalf(key)).toBe(PAIR.publicKey);
    expect(text).toContain(`\n  ed25519_public: ${PAIR.publicKey}\n`);
  });

  test('without the part that installs Docker, where it is not wanted', () => {
    const text = userData({ hostKey: PAIR, engine: PLAIN_ENGINE, install: false });
    expect(types(text)).toEqual(all().toSpliced(2, 1));
  });

  test("the user's packages, runcmd and write_files stay, each as it was", () => {
    const found = read(
      data(own('#cloud-config\npackages: [jq]\nruncmd: [ls]\nwrite_files: [{path: /a, content: b}]\n')),
    );
    expect([found.packages, found.runCommands, [...found.files.keys()]]).toEqual([['jq'], ['ls'], ['/a']]);
  });

  test("with the user's cloud-config beside it", () => {
    const yaml = '#cloud-config\nhostname: other\nwrite_files:\n  - path: /etc/motd\n    content: "grüße\\n"\n';
    const found = read(data(own(yaml)));
    expect(publicHalf(found.hostKeys[0]!)).toBe(PAIR.publicKey);
    expect(found.hostname).toBe('other');
    expect(found.files.get('/etc/motd')?.toString()).toBe('grüße\n');
  });

  test("the user's cannot replace the host key by which belt knows the droplet", () => {
    const theirs = '#cloud-config\nssh_keys:\n  ed25519_private: mine\n';
    expect(() => own(theirs)).toThrow(UsageError);
    // Where belt cannot see it, such as in what is included.
    const found = read(data({ path: 'x', part: { type: 'text/cloud-config', content: theirs } }));
    expect(found.hostKeys.map(publicHalf)).toEqual([PAIR.publicKey]);
  });

  test("with the user's script beside it, after the one that brings the engine", () => {
    const script = '#!/bin/sh\necho "--==belt" > /tmp/x\n\n: done\n';
    const found = read(data(own(script)));
    expect(found.scripts.map((each) => each.trimEnd())).toEqual([
      prepareScript(undefined).trimEnd(),
      installScript(PLAIN_ENGINE).trimEnd(),
      script.trimEnd(),
    ]);
    expect(publicHalf(found.hostKeys[0]!)).toBe(PAIR.publicKey);
  });

  test.each([
    ['#cloud-config\npackages: [jq]\n', 'text/cloud-config'],
    ['#cloud-config\r\nhostname: a\r\n', 'text/cloud-config'],
    ['#!/usr/bin/env python3\n', 'text/x-shellscript'],
    ['#include\nhttps://example.com/x\n', 'text/x-include-url'],
    ['#cloud-boothook\n', 'text/cloud-boothook'],
    ['#include https://example.com/x\n', 'text/x-include-url'],
    ['#include-once\nhttps://example.com/x\n', 'text/x-include-once-url'],
    ['#Cloud-Config\na: b\n', 'text/cloud-config'],
    ['\n\n#!/bin/sh\ntrue\n', 'text/x-shellscript'],
    ['#cloud-config-archive\n- content: "a: b"\n', 'text/cloud-config-archive'],
    ['#cloud-config-jsonp\n[{"op": "add", "path": "/a", "value": 1}]\n', 'text/cloud-config-jsonp'],
    ['## template: jinja\n#cloud-config\n', 'text/jinja2'],
    ['#part-handler\n', 'text/part-handler'],
  ])('the type of %j', (text, type) => {
    expect(types(data(own(text)))).toEqual(all(type));
  });

  test("the user's own multi-part archive is a part as it stands", () => {
    const archive = [
      'Content-Type: multipart/mixed; boundary="theirs"',
      'MIME-Version: 1.0',
      '',
      '--theirs',
      'Content-Type: text/x-shellscript; charset="us-ascii"',
      '',
      '#!/bin/sh',
      'true',
      '--theirs--',
    ].join('\n');
    const text = data(own(`${archive}\n`));
    expect(types(text)).toEqual(all('text/x-shellscript'));
    expect(text).toMatch(/\n--==belt-[0-9a-f]{24}==\nContent-Type: multipart\/mixed; boundary="theirs"\n/);
    expect(text).toContain(`\n${archive}\n`);
  });

  test('up to 64 KiB; larger is refused, with how large it is', async () => {
    const room = MOST_USER_DATA_BYTES - Buffer.byteLength(data(own('#!/')));
    expect(Buffer.byteLength(data(own(`#!/${'x'.repeat(room)}`)))).toBe(MOST_USER_DATA_BYTES);
    const tooLarge = (async () => data(own(`#!/${'x'.repeat(room + 1)}`)))();
    await expect(tooLarge).rejects.toBeInstanceOf(UsageError);
    expect(await said(tooLarge)).toBe(
      "user-data.yaml is too large: 65537 bytes with belt's part, and DigitalOcean's limit is 65536\n" +
        'have a short script fetch the rest',
    );
  });
});
