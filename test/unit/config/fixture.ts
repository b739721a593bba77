import { loadSettings, type SettingsSource } from '../../../src/config/settings.ts';
import type { StoredAccount } from '../../../src/config/stored-accounts.ts';
import type { SettingsFile } from '../../../src/config/types.ts';

export const TOKEN = `dop_v1_${'5ec2e7'.repeat(8)}`;

interface Situation extends Omit<Partial<SettingsSource>, 'files'> {
  /** Absolute path → text. */
  files?: Record<string, string>;
  found?: SettingsSource['files']['found'];
  mode?: number;
  /** What `belt cluster use` chose, by project folder. */
  chosen?: Record<string, string>;
  /** Those of `belt auth`; the one called used is in use. */
  accounts?: StoredAccount[];
}

/** The settings in a made-up home, in the folder /home/ann/app unless told otherwise. */
export async function load({ files = {}, found, mode = 0o600, chosen = {}, accounts = [], ...source }: Situation = {}) {
  const file = (path: string): SettingsFile | undefined => {
    const text = files[path];
    return text === undefined ? undefined : { text, mode, regular: true };
  };
  const { settings, warnings } = await loadSettings({
    env: {},
    cwd: '/home/ann/app',
    home: '/home/ann',
    files: {
      named: async (path) => file(path),
      found: found ?? file,
      real: (path) => path,
      chosenCluster: ({ projectFolder }) => chosen[projectFolder],
      account: (_user, name) => accounts.find((account) => account.name === (name ?? 'used')),
      keyringToken: async () => 'a-token-from-the-keyring',
    },
    ...source,
  });
  return { settings, warnings };
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
