// Finds dockerd settings in user data that do not work with Swarm, before paying for a droplet that could never join.
import { gunzipSync } from 'node:zlib';
import { type Fault, MOST_UNPACKED } from './user-text.ts';

interface Refusal {
  pattern: RegExp;
  what: string;
  hint: string;
  /** Makes it harmless, anywhere in the same text. */
  unless?: RegExp;
}

/** `"key": value` of JSON, also where it is a text in YAML or in a shell's double quotes. */
const json = (key: string, value: string): string => `\\\\?"${key}\\\\?"\\s*:\\s*${value}`;

/**
 * As the engine checks it before it starts or joins a swarm (moby, daemon/config/config_linux.go, IsSwarmCompatible), and
 * https://docs.docker.com/engine/security/rootless/#known-limitations, which has no overlay networks.
 */
const REFUSALS: readonly Refusal[] = [
  {
    pattern: new RegExp(`${json('live-restore', 'true\\b')}|--live-restore(?!\\s*=\\s*["']?(false|0)\\b)(?![\\w-])`),
    what: 'live-restore',
    hint: 'remove it: a swarm restarts the tasks of a lost node on other nodes',
  },
  {
    pattern: new RegExp(`${json('firewall-backend', '\\\\?"nftables')}|--firewall-backend[\\s=]+["']?nftables`),
    what: 'the nftables firewall backend',
    hint: 'remove it: overlay networks need iptables',
    unless: new RegExp(`${json('iptables', 'false\\b')}|--iptables=false`),
  },
  {
    pattern: /\bdockerd-rootless(-setuptool)?\.sh\b|\bget\.docker\.com\/rootless\b/,
    what: 'rootless Docker',
    hint: 'run dockerd as root: overlay networks need it',
  },
];

/** Looks at every line but comments. */
export function checkForSwarm(text: string, fault: Fault): void {
  const lines = text.split('\n');
  for (const { pattern, what, hint, unless } of REFUSALS) {
    const at = lines.findIndex((line) => !/^\s*#/.test(line) && pattern.test(line));
    if (at >= 0 && !unless?.test(text)) fault(`Docker does not support ${what} with Swarm`, hint, at + 1);
  }
}

interface File {
  path?: unknown;
  content?: unknown;
  encoding?: unknown;
}

/** The files of a cloud-config whose contents cannot be read as they stand in it. */
export function checkFilesForSwarm(config: unknown, fault: Fault): void {
  const { write_files: files } = (config ?? {}) as { write_files?: unknown };
  for (const file of Array.isArray(files) ? (files as (File | null)[]) : []) {
    const text = decoded(file ?? {});
    if (text !== undefined) {
      checkForSwarm(text, (reason, hint) => fault(`write_files: ${String(file?.path)}: ${reason}`, hint));
    }
  }
}

/** As cloud-init's write_files reads it; undefined for what is plain, or no such thing. */
function decoded({ content, encoding }: File): string | undefined {
  if (typeof content !== 'string' || typeof encoding !== 'string' || !/^(gz(ip)?\+)?b(ase)?64$/i.test(encoding))
    return undefined;
  const bytes = Buffer.from(content, 'base64');
  try {
    return (/^gz/i.test(encoding) ? gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED }) : bytes).toString();
  } catch {
    return undefined;
  }
}
