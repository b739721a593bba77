// A first .belt.yaml, with comments that say how to go on. It holds no token.
import { renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { UsageError } from '../errors.ts';
import { visible } from '../output/visible.ts';
import { WORLD } from './cluster/types.ts';
import { fileError, freshName } from './state-files.ts';

/** A value, and what a comment says of it. */
interface Explained {
  value: string;
  about: string;
}

export interface FirstFile {
  name: string;
  region: Explained;
  size: Explained;
  image: Explained;
  /** A key of the account, by its id; undefined for the user's own. */
  sshKey: Explained | undefined;
  /** Patterns. */
  managers: string;
  workers: string | undefined;
  /** Who may use SSH: CIDR ranges. */
  sshFrom: readonly string[];
}

/** The text of the file. Names of regions, sizes and keys are foreign: in a comment they stay on one line. */
export function firstFile({ name, region, size, image, sshKey, managers, workers, sshFrom }: FirstFile): string {
  const isWorld = sshFrom.toSorted().join() === WORLD.toSorted().join();
  const key = sshKey ?? { value: 'ID', about: 'your own key; others by ID or name' };
  const ssh = isWorld
    ? row('    #ssh_from: [203.0.113.0/24]', 'who may use SSH; all without it')
    : row(`    ssh_from: [${sshFrom.map(quoted).join(', ')}]`, 'who may use SSH');
  return `${[
    '# `belt plan` shows what is missing, with the price; `belt up` makes it so.',
    '# Change this file as you like and run them again.',
    '# The token is best kept in DIGITALOCEAN_ACCESS_TOKEN.',
    '# Every key there is: .belt.yaml.example, which comes with belt.',
    '# What else there is: belt regions, belt images, belt sizes, belt keys.',
    'digitalocean:',
    row(`  region: ${scalar(region.value)}`, region.about),
    row(`  image: ${scalarOrId(image.value)}`, image.about),
    row(`  size: ${scalar(size.value)}`, size.about),
    row(`  ${sshKey ? '' : '#'}ssh_key_fingerprint: ${scalarOrId(key.value)}`, key.about),
    '',
    'cluster:',
    row(`  name: ${scalar(name)}`, 'in the tags of its droplets'),
    row(`  managers: {nodes: ${quoted(managers)}}`, 'an odd number'),
    workers === undefined
      ? row('  #workers: {nodes: "worker[1:3]"}', 'there are none yet')
      : row(`  workers: {nodes: ${quoted(workers)}}`, 'or several groups: [{…}, {…}]'),
    '  firewall:',
    row('    open: []', 'public ports, such as [80, 443]'),
    ssh,
  ].join('\n')}\n`;
}

const COMMENTS_AT = 42;

const COLUMNS = 80;

/** A comment that would not fit behind the text stands above it. */
function row(text: string, comment: string): string {
  const whole = `${text.padEnd(COMMENTS_AT)} # ${visible(comment)}`;
  return whole.length <= COLUMNS ? whole : `${/^ */.exec(text)![0]}# ${visible(comment)}\n${text}`;
}

/** A word such as `null` or `1e3` gets the quotes that it needs. */
const scalar = (value: string): string =>
  /^[a-zA-Z][\w.:-]*$/.test(value) && parse(value) === value ? value : quoted(value);
/** The same where a number is an id. */
const scalarOrId = (value: string): string => (/^[1-9]\d{0,15}$/.test(value) ? value : scalar(value));
const quoted = (value: string): string => JSON.stringify(value);

/**
 * Writes it where there is none, or in place of one.
 * @throws UsageError when there is one that is not to be replaced; BeltError when it cannot be written
 */
export function writeFirstFile(path: string, text: string, { replace }: { replace: boolean }): void {
  const fresh = replace ? freshName(path) : path;
  try {
    // It holds no secret. `wx` follows no link and overwrites nothing.
    writeFileSync(fresh, text, { flag: 'wx', mode: 0o644 });
    if (replace) renameSync(fresh, path);
  } catch (error) {
    if (!replace && (error as NodeJS.ErrnoException).code === 'EEXIST') throw existsAlready(path);
    if (replace) removeFresh(fresh);
    const hint = 'free some space or fix the folder, then run the same command again';
    throw fileError({ root: dirname(path), hint }, 'write', path, error);
  }
}

export const existsAlready = (path: string): UsageError =>
  new UsageError(`${path} exists already`, { hint: 'edit it, or replace it: belt init --force' });

function removeFresh(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not written.
  }
}
