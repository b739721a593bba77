// Waits for cloud-init on a node and reads its result.
import { z } from 'zod';
import { BeltError } from '../errors.ts';
import type { Connection, Patience } from '../ssh/connection.ts';
import { SshError } from '../ssh/connection.ts';

export interface CloudInit {
  /** `error`: a part of it failed. `degraded`: it finished with warnings. */
  end: 'done' | 'degraded' | 'error';
  /** Its errors, or if it is degraded its recoverable ones, each with its level. */
  complaints: string[];
}

/** Its status as JSON, which every version writes; `cloud-init status --format json` came with 23.1. */
const STATUS_FILE = '/run/cloud-init/status.json';

/** Exit codes of `cloud-init status` (https://docs.cloud-init.io/en/latest/explanation/return_codes.html); 127 where there is none. */
const ENDS: Readonly<Record<number, CloudInit['end']>> = { 1: 'error', 2: 'degraded' };

/** Waits until cloud-init is done. @throws BeltError when it does not finish in time */
export async function cloudInit(connection: Connection, { signal, timeoutMs }: Patience): Promise<CloudInit> {
  try {
    const { code } = await connection.run('cloud-init status --wait', { signal, timeoutMs });
    const end = ENDS[code] ?? 'done';
    if (end === 'done') return { end, complaints: [] };
    const { stdout } = await connection.run(`cat ${STATUS_FILE}`, { signal });
    return { end, complaints: complaintsIn(stdout, end) };
  } catch (error) {
    const isLate = error instanceof SshError && error.refusal === 'timeout';
    throw isLate ? new BeltError('cloud-init did not finish in time', { cause: error }) : error;
  }
}

const texts = z.array(z.string()).nullish().catch(undefined);
const stage = z.object({
  errors: texts,
  recoverable_errors: z.record(z.string(), texts).nullish().catch(undefined),
});

/** The complaints in cloud-init's status file, without duplicates; none if the file cannot be read. */
export function complaintsIn(json: string, end: 'degraded' | 'error'): string[] {
  const stages = stagesIn(json);
  const found = stages.flatMap(({ errors, recoverable_errors: recoverable }) =>
    end === 'error'
      ? (errors ?? [])
      : Object.entries(recoverable ?? {}).flatMap(([level, some]) => (some ?? []).map((text) => `${level}: ${text}`)),
  );
  return [...new Set(found.map((text) => text.replaceAll(/\s+/g, ' ').trim()))];
}

function stagesIn(json: string): z.infer<typeof stage>[] {
  try {
    const { v1 = {} } = JSON.parse(json) as { v1?: Record<string, unknown> };
    return Object.values(v1).flatMap((value) => stage.safeParse(value).data ?? []);
  } catch {
    return [];
  }
}

const MOST_COMPLAINTS = 3;
const MOST_CHARS = 200;

/** What the user should know about how it ended; undefined if all went well. */
export function cloudInitWords({ end, complaints }: CloudInit): string | undefined {
  if (end === 'done') return undefined;
  const shown = complaints.slice(0, MOST_COMPLAINTS).map((text) => cut(text));
  const more = complaints.length - shown.length;
  const what = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  const ended = end === 'error' ? 'cloud-init finished with an error' : 'cloud-init finished with warnings';
  return `${ended}${what && `: ${what}`} (see \`cloud-init status --long\` there)`;
}

const cut = (text: string): string => (text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS - 1)}…` : text);
