import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readOwn } from '../../../src/cloud/own-userdata.ts';
import { userData } from '../../../src/cloud/userdata.ts';
import { PLAIN_ENGINE } from '../../../src/config/cluster/types.ts';
import { UsageError } from '../../../src/errors.ts';
import { parseUserData } from '../../../src/sandbox/userdata/parse.ts';

const read = (content: string | Buffer) => readOwn(Buffer.from(content as string), 'init.yaml');

function refused(content: string | Buffer): string {
  try {
    read(content);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error('it was taken');
}

const archive = (...parts: string[]) =>
  [
    'Content-Type: multipart/mixed; boundary="b 1"',
    'MIME-Version: 1.0',
    '',
    ...parts.flatMap((part) => ['--b 1', part]),
    '--b 1--',
    '',
  ].join('\n');

describe('user data that cloud-init would ignore is refused', () => {
  test.each([
    ['nothing', '', 'init.yaml: it is empty'],
    ['blank lines', '\n \r\n\t', 'init.yaml: it is empty'],
    ['no first line', 'packages: [jq]\n', 'init.yaml:1: cloud-init would ignore it: it begins with "packages: [jq]"'],
    ['a comment first', '# mine\n#cloud-config\n', 'init.yaml:1: cloud-init would ignore it: it begins with "# mine"'],
    ['a space', '# cloud-config\na: b', 'init.yaml:1: cloud-init would ignore it: it begins with "# cloud-config"'],
    ['a script without #!', '\n\necho hi', 'init.yaml:3: cloud-init would ignore it: it begins with "echo hi"'],
    [
      'a byte order mark',
      '\ufeff#cloud-config\n',
      'init.yaml:1: it begins with a byte order mark, which makes cloud-init ignore it',
    ],
    [
      'UTF-16',
      Buffer.from('\ufeff#cloud-config\n', 'utf16le'),
      'init.yaml: it is UTF-16, which cloud-init cannot read',
    ],
    [
      'UTF-16 without a mark',
      Buffer.from('#!/bin/sh\n', 'utf16le'),
      'init.yaml: it contains a NUL byte: it is binary or UTF-16',
    ],
    [
      'Latin-1',
      Buffer.from('#cloud-config\na: \xe9\n', 'latin1'),
      'init.yaml: it is not UTF-8, which cloud-init expects',
    ],
    [
      'nothing but comments',
      '#cloud-config\n# packages: [jq]\n',
      'init.yaml:1: cloud-init would ignore it: there is nothing after #cloud-config',
    ],
    [
      'host keys',
      '#cloud-config\nssh_keys: {rsa_private: x}\n',
      'init.yaml: ssh_keys: would be replaced by the host key that belt gives the droplet',
    ],
    [
      'a list',
      '#cloud-config\n- a\n',
      'init.yaml:1: cloud-init would ignore it: after #cloud-config it expects a mapping of keys',
    ],
    [
      'a word',
      '#cloud-config\npackages\n',
      'init.yaml:1: cloud-init would ignore it: after #cloud-config it expects a mapping of keys',
    ],
    [
      'a script without an interpreter',
      '#! \necho\n',
      'init.yaml:1: it cannot be run: the first line names no interpreter',
    ],
    [
      'an include of nothing',
      '#include\n# later\n',
      'init.yaml: it includes nothing: cloud-init expects one URL per line after #include',
    ],
    ['an include of a file', '#include\nhttps://a.example/x\n./y\n', 'init.yaml:3: cloud-init cannot include "./y"'],
    [
      'a template of nothing',
      '## template: jinja\npackages: [jq]\n',
      'init.yaml:2: cloud-init would ignore what the template renders',
    ],
    [
      'an archive that is a map',
      '#cloud-config-archive\na: b\n',
      'init.yaml:1: cloud-init would ignore it: after #cloud-config-archive it expects a list',
    ],
    [
      'an entry without content',
      '#cloud-config-archive\n- "a: b"\n- {type: text/cloud-config}\n',
      'init.yaml: entry 2: it is neither text nor a mapping with text under content',
    ],
    [
      'an entry of another type',
      '#cloud-config-archive\n- {type: text/html, content: x}\n',
      'init.yaml: entry 1: cloud-init ignores the type text/html',
    ],
    [
      'no JSON patch',
      '#cloud-config-jsonp\n{"op": 1}\n',
      'init.yaml: cloud-init would ignore it: after #cloud-config-jsonp it expects a list of changes in JSON (RFC 6902)',
    ],
    ['broken gzip', gzipSync('#!/bin/sh\ntrue\n').subarray(0, 20), 'init.yaml: it is gzip, but cannot be unpacked'],
    ['gzip of nothing known', gzipSync('true\n'), 'init.yaml:1: cloud-init would ignore it: it begins with "true"'],
    [
      'an archive without a boundary',
      'Content-Type: multipart/mixed\nMIME-Version: 1.0\n\nx',
      'init.yaml: the MIME archive has no boundary in its Content-Type',
    ],
    [
      'an archive without parts',
      archive().replace('--b 1--', ''),
      'init.yaml: the MIME archive has no parts: there is no line --b 1',
    ],
    [
      'a part of another type',
      archive('Content-Type: text/html\n\n<p>'),
      'init.yaml: part 1: cloud-init ignores the type text/html',
    ],
    [
      'a part that is nothing',
      archive('\n#!/bin/sh', '\n\nhello'),
      'init.yaml: part 2, line 1: cloud-init would ignore it: it begins with "hello"',
    ],
    [
      'a part of broken YAML',
      archive('Content-Type: text/cloud-config\n\na: [b\n'),
      expect.stringMatching(/^init\.yaml: part 1, line \d: it is not valid YAML/),
    ],
  ])('%s', (_what, content, message) => {
    expect(refused(content)).toEqual(message);
  });

  test.each([
    '#cloud-config\na: b\nc: [d\ne: f\n',
    '#cloud-config\r\na: b\r\n\tc: d\r\n',
    '#cloud-config\na: b\n---\nc: d\n',
  ])('broken YAML: %j', (text) => {
    expect(refused(text)).toMatch(/^init\.yaml:\d: it is not valid YAML, and cloud-init would ignore it: /);
  });

  test('where the right line is further down, that is the advice', () => {
    const hint = (text: string) => {
      try {
        read(text);
      } catch (error) {
        return (error as UsageError).hint;
      }
      return undefined;
    };
    expect(hint('# mine\n\n#cloud-config\n')).toBe('make "#cloud-config" the first line');
    expect(hint('true\n')).toContain('#!/bin/sh');
  });
});

describe('user data that cloud-init reads', () => {
  const sent = (content: string | Buffer) =>
    userData({
      hostKey: { privateKey: 'k', publicKey: 'p' },
      engine: PLAIN_ENGINE,
      install: false,
      own: read(content),
    });
  /** Behind belt's own, which prepares the droplet. */
  const scripts = (content: string | Buffer) =>
    parseUserData(sent(content), () => {})
      .scripts.slice(1)
      .map((text) => text.trimEnd());

  test('Windows line ends become Unix ones: a kernel looks for an interpreter "sh\\r"', () => {
    expect(scripts('#!/bin/sh\r\necho a\r\n')).toEqual(['#!/bin/sh\necho a']);
  });

  test('what is not ASCII arrives as it was: an 8bit part would become Latin-1', () => {
    expect(sent('#!/bin/sh\necho ünïcödé 日本\n')).not.toMatch(/[^\x00-\x7f]/);
    expect(scripts('#!/bin/sh\necho ünïcödé 日本\n')).toEqual(['#!/bin/sh\necho ünïcödé 日本']);
  });

  test('gzip goes along as such', () => {
    expect(scripts(gzipSync('#!/bin/sh\necho packed\n'))).toEqual(['#!/bin/sh\necho packed']);
  });

  test('a line that is belt’s own boundary cuts nothing off', () => {
    const [boundary] = /(?<=boundary=")[^"]+/.exec(sent('#!/bin/sh\n'))!;
    const script = `#!/bin/sh\ncat <<E\n--${boundary}\n--${boundary}--\n--==belt-user-data==\nE`;
    expect(scripts(script)).toEqual([script]);
    // Also one that names the boundary that it gets itself.
    const [own] = /(?<=boundary=")[^"]+/.exec(sent(script))!;
    expect(script).not.toContain(own);
  });

  test('an archive of the user’s goes along as it is, whichever header is first', () => {
    const theirs = archive(
      'Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\nIyEvYmluL3NoCmVjaG8gMQo=',
      'Content-Type: text/cloud-config\n\n#cloud-config\npackages: [jq]',
      'Content-Type: application/x-gzip\nContent-Transfer-Encoding: base64\n\n'.concat(
        gzipSync('#!/bin/sh\ntrue\n').toString('base64'),
      ),
    );
    for (const text of [theirs, `Subject: mine\n${theirs}`, theirs.replaceAll('\n', '\r\n')]) {
      expect(read(text).part.type).toBeUndefined();
      expect(sent(text)).toContain('\n--b 1--\n');
    }
  });

  test('a script about mail is no archive', () => {
    const script = '#!/bin/sh\ncat <<E\nMIME-Version: 1.0\nContent-Type: multipart/mixed\nE\n';
    expect(read(script).part.type).toBe('text/x-shellscript');
  });

  test.each([
    '#cloud-config\n---\na: &x {b: 1}\nc: *x\na: twice\n',
    '#cloud-boothook\n#!/bin/sh\n',
    '## template: jinja\n#!/bin/sh\necho {{ v1.region }}\n',
    '## template: jinja\n{% if 1 %}\n#cloud-config\n{% endif %}\n',
    '#include-once https://a.example/x\nhttp://b.example/y\n',
    '#part-handler\n# python\n',
    '#cloud-config-archive\n- "#!/bin/sh\\ntrue"\n- {type: text/cloud-config, content: "a: b"}\n',
  ])('%j', (text) => {
    expect(read(text).part.content).toBe(text);
  });
});
