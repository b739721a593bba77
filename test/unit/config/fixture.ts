import { loadSettings, type SettingsSource } from '../../../src/config/settings.ts';

export const TOKEN = `dop_v1_${'5ec2e7'.repeat(8)}`;

interface Situation extends Omit<Partial<SettingsSource>, 'files'> {
  /** Absolute path → text. */
  files?: Record<string, string>;
  read?: SettingsSource['files']['read'];
  mode?: number;
  /** The files belong to somebody else. */
  foreign?: boolean;
}

/** The settings in a made-up home, in the folder /home/ann/app unless told otherwise. */
export function load({ files = {}, read, mode = 0o600, foreign = false, ...source }: Situation = {}) {
  return loadSettings({
    env: {},
    cwd: '/home/ann/app',
    home: '/home/ann',
    files: { read: read ?? ((path) => files[path]), mode: () => mode, own: () => !foreign },
    ...source,
  });
}

/** The settings with one file, beside the user. */
export function loadYaml(yaml: string, situation: Situation = {}) {
  return load({ ...situation, files: { '/home/ann/app/.belt.yaml': yaml } });
}

/** The message of the UsageError, its hint below. */
export async function refusal(loading: Promise<unknown>): Promise<string> {
  const error = await loading.then(
    (value) => new Error(`nothing was refused: ${JSON.stringify(value)}`),
    (reason: Error & { hint?: string }) => reason,
  );
  if (error.name !== 'UsageError') throw error;
  return [error.message, 'hint' in error && error.hint].filter(Boolean).join('\n');
}
