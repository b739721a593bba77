// Records what a sandbox creates on the machine outside its folder, before it is created, so that exactly that can be removed.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { attempt } from '../attempt.ts';
import { recordPath } from '../info.ts';

export interface EngineRecord {
  /** The control group that every process of it is in. Bridges, cables and mounts live in namespaces that end with these. */
  group: string;
}

/** Notes a group that nobody has. */
export function newRecord(folder: string): EngineRecord {
  const record = { group: `belt-sandbox-${randomBytes(4).toString('hex')}` };
  writeFileSync(recordPath(folder), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  return record;
}

/** Reads the record; undefined when the sandbox made nothing. */
export function readRecord(folder: string): EngineRecord | undefined {
  const record = attempt(() => JSON.parse(readFileSync(recordPath(folder), 'utf8')) as EngineRecord);
  return record && /^belt-sandbox-[0-9a-f]{8}$/.test(record.group) ? record : undefined;
}
