// Several parts of user data as one: the MIME multi-part archive that cloud-init reads whole.
const BOUNDARY = '==belt-user-data==';

/** The parts as an archive, in their order. */
export function multipart(parts: readonly string[]): string {
  const bodies = parts.map((part) => `--${BOUNDARY}\n${partHead(part)}${part.trimEnd()}\n`);
  const head = `Content-Type: multipart/mixed; boundary="${BOUNDARY}"\nMIME-Version: 1.0\n\n`;
  return `${head}${bodies.join('\n')}\n--${BOUNDARY}--\n`;
}

/** What stands before a part; one that is an archive itself brings its own. */
function partHead(part: string): string {
  if (/^(content-type:\s*multipart|mime-version:)/i.test(part)) return '';
  return [
    `Content-Type: ${contentType(part)}; charset="utf-8"`,
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: 8bit',
    '\n',
  ].join('\n');
}

/**
 * cloud-init tells formats apart by their first line (https://docs.cloud-init.io/en/latest/explanation/format.html), and
 * does so itself for what is sent as plain text.
 */
function contentType(text: string): string {
  const first = (text.split('\n', 1)[0] ?? '').trimEnd();
  if (first === '#cloud-config') return 'text/cloud-config';
  if (first === '#include') return 'text/x-include-url';
  if (first === '#cloud-boothook') return 'text/cloud-boothook';
  return first.startsWith('#!') ? 'text/x-shellscript' : 'text/plain';
}
