// cloud-init's multi-part archive: several configurations and scripts in one user_data.
import { gunzipSync } from 'node:zlib';

export interface Part {
  type: string;
  content: string;
}

/** The parts of user_data: one, unless it is a multi-part archive. */
export function partsOf(text: string): Part[] {
  const { headers, body } = splitHeaders(text);
  const type = headers.get('content-type') ?? '';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (!/^multipart\//i.test(type) || boundary === undefined) return [{ type: sniff(text), content: text }];
  const sections = `\n${body}`.split(`\n--${boundary}`).slice(1);
  return sections.filter((section) => !section.startsWith('--')).map((section) => partOf(section.replace(/^\n/, '')));
}

function partOf(section: string): Part {
  const { headers, body } = splitHeaders(section);
  const encoding = headers.get('content-transfer-encoding') ?? '7bit';
  if (/^application\/(x-)?gzip/i.test(headers.get('content-type') ?? '')) {
    const content = gunzipSync(Buffer.from(body, 'base64')).toString();
    return { type: sniff(content), content };
  }
  const content = decode(body, encoding);
  const type = (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  return { type: type === '' || type === 'text/plain' ? sniff(content) : type, content };
}

function splitHeaders(text: string): { headers: Map<string, string>; body: string } {
  const plain = text.replaceAll('\r\n', '\n');
  const end = plain.indexOf('\n\n');
  const headers = new Map<string, string>();
  if (end < 0 || !/^[A-Za-z-]+:/.test(plain)) return { headers, body: plain };
  for (const line of plain
    .slice(0, end)
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')) {
    const [name = '', value = ''] = line.split(/:\s*(.*)/s);
    headers.set(name.toLowerCase(), value);
  }
  return { headers, body: plain.slice(end + 2) };
}

function decode(body: string, encoding: string): string {
  if (encoding.toLowerCase() === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding.toLowerCase() !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function sniff(content: string): string {
  if (content.startsWith('#cloud-config')) return 'text/cloud-config';
  if (content.startsWith('#cloud-boothook')) return 'text/cloud-boothook';
  return content.startsWith('#!') ? 'text/x-shellscript' : 'text/plain';
}
