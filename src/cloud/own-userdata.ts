// Checks the user's own user data before anything is paid for. cloud-init ignores what it does not recognize by its first line
// without a message (https://docs.cloud-init.io/en/latest/explanation/format.html), and so it does with broken YAML.
import { parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';
import type { Part } from './mime.ts';
import { decoded, isMessage, partsOf, readMessage } from './mime-read.ts';
import { checkFilesForSwarm, checkForSwarm } from './swarm-refusals.ts';
import { EXPECTED, type Fault, isGzip, textIn, unpacked } from './user-text.ts';

export interface OwnUserData {
  path: string;
  part: Part;
}

interface Kind {
  opening: string;
  type: string;
  check(text: string, fault: Fault): void;
}

const fine = () => {};

/** Compared without case, the longer before what they begin with (cloudinit/handlers/__init__.py, INCLUSION_TYPES_MAP). */
const KINDS: readonly Kind[] = [
  { opening: '#cloud-config-archive', type: 'text/cloud-config-archive', check: checkArchive },
  { opening: '#cloud-config-jsonp', type: 'text/cloud-config-jsonp', check: checkPatch },
  { opening: '#cloud-config', type: 'text/cloud-config', check: checkConfig },
  { opening: '#cloud-boothook', type: 'text/cloud-boothook', check: fine },
  { opening: '#include-once', type: 'text/x-include-once-url', check: checkInclude },
  { opening: '#include', type: 'text/x-include-url', check: checkInclude },
  { opening: '#part-handler', type: 'text/part-handler', check: fine },
  { opening: '## template: jinja', type: 'text/jinja2', check: checkTemplate },
  { opening: '#!', type: 'text/x-shellscript', check: checkScript },
];
const BY_TYPE = new Map<string, Kind>([
  ...KINDS.map((kind): [string, Kind] => [kind.type, kind]),
  ...['per-boot', 'per-instance', 'per-once'].map((when): [string, Kind] => {
    const type = `text/x-shellscript-${when}`;
    return [type, { opening: '#!', type, check: checkScript }];
  }),
]);
const TYPES = `it takes ${[...BY_TYPE.keys()].join(', ')}`;
/** What cloud-init looks into whatever its type says (cloudinit/user_data.py). */
const LOOKED_INTO = /^text\/(plain|x-not-multipart|x-shellscript)$/;
const GZIP = /^application\/(x-)?(gzip(-compressed|ped)?|gunzip|compress(ed)?)$/;

/** The part of the archive that it becomes. @throws UsageError for what cloud-init would ignore or misinterpret */
export function readOwn(bytes: Buffer, path: string): OwnUserData {
  const fault: Fault = (reason, hint, line = 0) => {
    throw new UsageError(`${path}${line > 0 ? `:${line}` : ''}: ${reason}`, { ...(hint && { hint }) });
  };
  const packed = isGzip(bytes);
  const { text, skipped } = textIn(packed ? unpacked(bytes, fault) : bytes, fault);
  const at: Fault = (reason, hint, line = 0) => fault(reason, hint, line > 0 ? line + skipped : 0);
  if (isMessage(text)) {
    checkMessage(text, fault);
    return { path, part: { type: undefined, content: text } };
  }
  const { type } = checkText(text, at);
  return { path, part: packed ? { type: 'application/gzip', content: bytes } : { type, content: text } };
}

function checkText(text: string, fault: Fault): Kind {
  const kind = kindOf(text);
  if (kind === undefined) return unknown(text, fault);
  checkAs(kind, text, fault);
  return kind;
}

function checkAs(kind: Kind, text: string, fault: Fault): void {
  kind.check(text, fault);
  checkForSwarm(text, fault);
}

const kindOf = (text: string): Kind | undefined =>
  KINDS.find(({ opening }) => text.slice(0, opening.length).toLowerCase() === opening);

function unknown(text: string, fault: Fault): never {
  const lines = text.split('\n');
  const later = lines.findIndex((line) => kindOf(line.trim()) !== undefined);
  const opening = (lines[0] ?? '').trim();
  const shown = JSON.stringify(opening.length > 60 ? `${opening.slice(0, 59)}…` : opening);
  const hint = later > 0 ? `make ${JSON.stringify(lines[later]!.trim())} the first line` : EXPECTED;
  return fault(`cloud-init would ignore it: it begins with ${shown}`, hint, 1);
}

function checkConfig(text: string, fault: Fault): void {
  const config = yamlIn(text, fault);
  checkFilesForSwarm(config, fault);
  if (config === null) {
    return fault(
      'cloud-init would ignore it: there is nothing after #cloud-config',
      'remove it, or write what it is to do',
      1,
    );
  }
  if (typeof config === 'object' && !Array.isArray(config)) return checkHostKeys(Object.keys(config), fault);
  fault('cloud-init would ignore it: after #cloud-config it expects a mapping of keys', 'such as: packages: [jq]', 1);
}

/** cloud-init takes `ssh_keys` from one part alone, and belt verifies the droplet by the key in its own part. */
function checkHostKeys(keys: readonly string[], fault: Fault): void {
  if (!keys.includes('ssh_keys')) return;
  fault(
    'ssh_keys: would be replaced by the host key that belt gives the droplet',
    'remove ssh_keys: belt pins that key by itself',
  );
}

/** A list of texts, or of `{type, content}`. */
function checkArchive(text: string, fault: Fault): void {
  const entries = yamlIn(text, fault);
  if (!Array.isArray(entries)) {
    return fault('cloud-init would ignore it: after #cloud-config-archive it expects a list', undefined, 1);
  }
  for (const [n, entry] of entries.entries()) {
    const within: Fault = (reason, hint) => fault(`entry ${n + 1}: ${reason}`, hint);
    checkEntry(typeof entry === 'string' ? { content: entry } : (entry as Entry | null), within);
  }
}

interface Entry {
  type?: unknown;
  content?: unknown;
}

function checkEntry(entry: Entry | null, fault: Fault): void {
  const { type, content } = entry ?? {};
  if (typeof content !== 'string') return fault('it is neither text nor a mapping with text under content');
  const text = content.trimStart();
  if (typeof type === 'string' && !BY_TYPE.has(type)) fault(`cloud-init ignores the type ${type}`, TYPES);
  const kind = typeof type === 'string' ? BY_TYPE.get(type) : (kindOf(text) ?? BY_TYPE.get('text/cloud-config'));
  checkAs(kind!, text, fault);
}

function yamlIn(text: string, fault: Fault): unknown {
  // PyYAML reads YAML 1.1, accepts duplicate keys, and reads only one document.
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    fault(`it is not valid YAML, and cloud-init would ignore it: ${error.message}`, undefined, line);
  }
  try {
    return document.toJS({ maxAliasCount: 1000 }) as unknown;
  } catch (error) {
    return fault(`it is not valid YAML, and cloud-init would ignore it: ${(error as Error).message}`);
  }
}

/** A JSON patch (RFC 6902). */
function checkPatch(text: string, fault: Fault): void {
  try {
    if (Array.isArray(JSON.parse(text.slice('#cloud-config-jsonp'.length)))) return;
  } catch {}
  fault('cloud-init would ignore it: after #cloud-config-jsonp it expects a list of changes in JSON (RFC 6902)');
}

function checkInclude(text: string, fault: Fault): void {
  const urls = text.split('\n').map((line) => line.replace(/^#include(-once)?/i, '').trim());
  const wanted = urls.map((url, n) => ({ url, line: n + 1 })).filter(({ url }) => url !== '' && !url.startsWith('#'));
  if (wanted.length === 0) fault('it includes nothing: cloud-init expects one URL per line after #include');
  for (const { url, line } of wanted) {
    if (!URL.canParse(url) || !/^(https?|file):/i.test(url)) {
      fault(`cloud-init cannot include ${JSON.stringify(url)}`, 'use a URL such as https://example.com/init.sh', line);
    }
  }
}

/** What it renders to is only known on the droplet, except for its first line. */
function checkTemplate(text: string, fault: Fault): void {
  const rest = text.replace(/^.*\n?/, '').trimStart();
  if (kindOf(rest) !== undefined || /^\{[%{#]/.test(rest)) return;
  fault('cloud-init would ignore what the template renders', 'its second line must be #cloud-config or #!/bin/sh', 2);
}

function checkScript(text: string, fault: Fault): void {
  const [, interpreter = ''] = /^#![ \t]*(\S*)/.exec(text) ?? [];
  if (interpreter.startsWith('/')) return;
  fault('it cannot be run: the first line names no interpreter', 'begin with #!/bin/sh', 1);
}

/** Each part of an archive, and of archives in it. */
function checkMessage(text: string, fault: Fault): void {
  const message = readMessage(text);
  const { type, boundary, body } = message;
  if (!type.startsWith('multipart/')) return checkPart(type, decoded(message), fault);
  if (boundary === undefined) return fault('the MIME archive has no boundary in its Content-Type');
  const parts = partsOf(body, boundary);
  if (parts.length === 0) fault(`the MIME archive has no parts: there is no line --${boundary}`);
  parts.forEach((part, n) => {
    checkMessage(part, (reason, hint, line = 0) =>
      fault(`part ${n + 1}${line > 0 ? `, line ${line}` : ''}: ${reason}`, hint),
    );
  });
}

function checkPart(type: string, bytes: Buffer, fault: Fault): void {
  const packed = GZIP.test(type);
  if (!packed && !LOOKED_INTO.test(type) && !BY_TYPE.has(type)) {
    fault(`cloud-init ignores the type ${type}`, TYPES);
  }
  const { text } = textIn(packed ? unpacked(bytes, fault) : bytes, fault);
  const kind = packed || LOOKED_INTO.test(type) ? kindOf(text) : BY_TYPE.get(type);
  if (kind) checkAs(kind, text, fault);
  else unknown(text, fault);
}
