// Reads MIME messages, as far as cloud-init's archives go.

export interface Message {
  /** In lower case, without its parameters. */
  type: string;
  /** Of an archive. */
  boundary: string | undefined;
  encoding: string;
  body: string;
}

const HEADER = /^[A-Za-z][A-Za-z0-9-]*:/;

/** Whether a text begins with the headers of a MIME message. */
export const isMessage = (text: string): boolean =>
  HEADER.test(text) && /^(content-type|mime-version):/im.test(text.slice(0, Math.max(0, text.indexOf('\n\n'))));

/** A message, which may have no headers; lines end in LF. */
export function readMessage(text: string): Message {
  const end = HEADER.test(text) ? text.indexOf('\n\n') : -1;
  const head = end < 0 ? '' : text.slice(0, end).replaceAll(/\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
  const type = header('content-type');
  const boundary = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(type);
  return {
    type: (type.split(';')[0] || 'text/plain').trim().toLowerCase(),
    boundary: boundary?.[1] ?? boundary?.[2],
    encoding: header('content-transfer-encoding').toLowerCase(),
    body: end < 0 ? text.replace(/^\n/, '') : text.slice(end + 2),
  };
}

/** The parts of an archive, each a message. */
export function partsOf(body: string, boundary: string): string[] {
  const parts: string[][] = [];
  for (const line of body.split('\n')) {
    const word = line.trimEnd();
    if (word === `--${boundary}--`) break;
    if (word === `--${boundary}`) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts.map((lines) => lines.join('\n'));
}

/** The bytes of a part's body. */
export function decoded({ body, encoding }: Message): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(body);
  const text = body
    .replaceAll(/[ \t]*=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}
