// The kinds of values that settings have. Each kind parses text, wherever it came from, and describes what it expects.
import { isAbsolute, join, resolve } from 'node:path';
import { BELTS_TAGS, isBeltsTag, isTagName } from '../model/tag.ts';
import { readJump } from './jump.ts';
import { isLoopback } from './loopback.ts';

/** What a path is relative to. */
export interface Place {
  folder: string;
  home: string;
}

export interface Kind<T> {
  /** Completes "must be …". */
  readonly wants: string;
  /** Which YAML scalars it accepts. */
  readonly takes: readonly ('text' | 'number' | 'boolean')[];
  /** One value, or several: a YAML list, or text with commas. */
  readonly many: boolean;
  /** The fix for the usual mistake. */
  readonly hint?: string;
  /** The value, or undefined when the text is not of this kind. */
  read(text: string, place: Place): T | undefined;
}

const CLUSTER_NAME = /^[a-zA-Z0-9_:-]{1,200}$/;
const one = { takes: ['text'], many: false } as const;

function matching(pattern: RegExp) {
  return (text: string) => (pattern.test(text) ? text : undefined);
}

export const slug: Kind<string> = {
  ...one,
  wants: 'a slug (letters, digits, ".", "-" and "_")',
  read: matching(/^[a-zA-Z0-9._-]+$/),
};

export const slugOrId: Kind<string> = { ...slug, takes: ['text', 'number'], wants: 'a slug or an id' };

/** What an HTTP header can carry; anything else would fail later, and show the token as it does. */
export const token: Kind<string> = { ...one, wants: 'one word without spaces', read: matching(/^[!-~]+$/) };

export const userName: Kind<string> = {
  ...one,
  wants: "a user's name",
  read: matching(/^[a-zA-Z_][a-zA-Z0-9_.-]{0,31}$/),
};

export const port: Kind<number> = {
  ...one,
  takes: ['text', 'number'],
  wants: 'a number from 1 to 65535',
  read: (text) => (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined),
};

export const sshJump: Kind<string> = {
  ...one,
  wants: "user@host, user@host:port, a node's name or '@manager'",
  read: (text) => (readJump(text) === undefined ? undefined : text),
};

export const uuid: Kind<string> = {
  ...one,
  wants: 'a UUID',
  read: (text) => matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)(text.toLowerCase()),
};

export const yesOrNo: Kind<boolean> = {
  ...one,
  takes: ['text', 'number', 'boolean'],
  wants: 'true or false',
  read(text) {
    if (/^(true|yes|1)$/i.test(text)) return true;
    return /^(false|no|0)$/i.test(text) ? false : undefined;
  },
};

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const MOST_KEPT_MS = 24 * UNIT_MS.h;

/** How long something that is not used is kept, in ms; 0 for not at all. */
export const keep: Kind<number> = {
  ...one,
  takes: ['text', 'number', 'boolean'],
  wants: 'a time such as 90s, 10m or 2h (at most 24h), or false',
  read(text) {
    if (/^(false|no|0)$/i.test(text)) return 0;
    const [, count, unit] = /^(\d{1,5})([smh])$/i.exec(text) ?? [];
    const ms = Number(count) * UNIT_MS[unit?.toLowerCase() as keyof typeof UNIT_MS];
    return ms > 0 && ms <= MOST_KEPT_MS ? ms : undefined;
  },
};

export const path: Kind<string> = {
  ...one,
  wants: 'a path',
  read(text, { folder, home }) {
    if (text.includes('\0')) return undefined;
    if (text === '~' || text.startsWith('~/')) return join(home, text.slice(1));
    return isAbsolute(text) ? text : resolve(folder, text);
  },
};

/**
 * How a key of the account is named: by its id, its fingerprint or its name there. An MD5 fingerprint in upper case or with `MD5:`
 * before it is the same one; SHA256 is kept as it is written.
 */
export const sshKeys: Kind<string> = {
  takes: ['text', 'number'],
  many: true,
  wants: 'a key id, an MD5 or SHA256 fingerprint, or the name of a key in the account',
  hint: 'ssh-keygen -lf KEY.pub shows the fingerprint',
  read(text) {
    const md5 = text.toLowerCase().replace(/^md5:/, '');
    if (/^(\d+|[0-9a-f]{2}(:[0-9a-f]{2}){15})$/.test(md5)) return md5;
    if (/^md5:/i.test(text)) return undefined;
    if (/^sha256:/i.test(text))
      return matching(/^SHA256:[A-Za-z0-9+/]{43}$/)(`SHA256:${text.slice(7).replace(/=$/, '')}`);
    return matching(/^[^\p{C}]{1,255}$/u)(text.trim());
  },
};

export const tags: Kind<string> = {
  takes: ['text', 'number'],
  many: true,
  wants: `made of letters, digits, ":", "-" and "_", and none of belt's own (${BELTS_TAGS})`,
  read: (text) => (isTagName(text) && !isBeltsTag(text) ? text : undefined),
};

export const clusterName: Kind<string> = {
  ...one,
  takes: ['text', 'number'],
  wants: 'at most 200 letters, digits, ":", "-" and "_"',
  read: matching(CLUSTER_NAME),
};

/**
 * An API's address, to which the token goes. It must be what it looks like: a scheme, a host that is written as it will be asked
 * for, and nothing else but /v2. Plain http only to this machine: elsewhere the token would travel in clear.
 */
export const apiUrl: Kind<string> = {
  ...one,
  wants: 'an https:// URL (http:// only for this machine)',
  read(text) {
    const [, host] = /^https?:\/\/([^/\\?#@\s]*[^/\\?#@\s:])(?:\/|\/v2\/?)?$/i.exec(text) ?? [];
    if (host === undefined || !URL.canParse(text)) return undefined;
    const { protocol, hostname, port: portPart, origin } = new URL(text);
    // The parser normalizes hosts such as 127.1, 0x7f000001, ①②⑦.0.0.1 and localh%6fst.
    const written = portPart === '' ? host.toLowerCase().replace(/:(443|80)?$/, '') : host.toLowerCase();
    if (written !== (portPart === '' ? hostname : `${hostname}:${portPart}`) || hostname.endsWith('.'))
      return undefined;
    const local = isLoopback(hostname);
    return protocol === 'https:' || local ? origin : undefined;
  },
};
