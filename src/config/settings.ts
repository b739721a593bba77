// Loads the settings: the environment, then .belt.yaml, then the account of `belt auth`, then the defaults. Independent of cloud and terminal.
import { isAbsolute, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { type ConfigFile, findConfigFile } from './find.ts';
import { fallbacks, KEYS, STATE_VARIABLE } from './keys.ts';
import { type Place, path } from './kinds.ts';
import type { Settings, SettingsFiles } from './types.ts';
import { readValue, split } from './value.ts';

export type { ConfigFile } from './find.ts';
export type { Settings } from './types.ts';

export interface SettingsSource {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** What `--config` named. */
  configFile?: string | undefined;
  /** What `--account` named. */
  account?: string | undefined;
  files: SettingsFiles;
  signal?: AbortSignal | undefined;
}

export interface LoadedSettings {
  settings: Settings;
  /** A line for each thing that is odd but not an error (a token that others can read). */
  warnings: string[];
  /** The file in use. It was read once: a pipe cannot be read again. */
  file: ConfigFile | undefined;
}

/** The longest that a file which may have come with a clone can have connections kept: as long as sudo knows a password. */
const PROJECT_KEEPS_MS = 15 * 60_000;

/** What a file said, and where. */
interface FileValues {
  values: Partial<Settings>;
  warnings: string[];
  at: Partial<Record<keyof Settings, string>>;
}

/**
 * The settings. A variable takes precedence over the file, and --account over both; an empty variable counts as not set. Without a file the YAML parser is not loaded.
 * Throws a UsageError that names the file, line and column, or the variable, and never shows the token.
 */
export async function loadSettings(source: SettingsSource): Promise<LoadedSettings> {
  const file = await findConfigFile(source);
  const given: FileValues = file ? await readFile(source, file) : { values: {}, warnings: [], at: {} };
  const { values, warnings, at } = given;
  const place = { stateFolder: stateFolder(source), projectFolder: file?.folder ?? source.home };
  const fromEnvironment = readEnvironment(source);
  if (file?.fromProject) checkTokensWay(file, given, fromEnvironment);
  const account = await storedToken(source, given, fromEnvironment);
  const keyFromProject = file?.fromProject && values.sshKeyPath !== undefined && !fromEnvironment.sshKeyPath;
  const keepFromProject =
    file?.fromProject && fromEnvironment.keepMs === undefined && values.keepMs
      ? {
          keepMs: Math.min(values.keepMs, PROJECT_KEEPS_MS),
          keepNamed: { at: at.keepMs ?? file.shown, ms: values.keepMs },
        }
      : undefined;
  const chosen = fromEnvironment.cluster === undefined ? source.files.chosenCluster(place) : undefined;
  const settings = {
    ...fallbacks(),
    ...values,
    ...(chosen !== undefined && { cluster: chosen }),
    ...fromEnvironment,
    ...(account && { account: account.name, accessToken: account.token, apiUrl: account.apiUrl }),
    clusterFrom: clusterSource(fromEnvironment.cluster, chosen, values.cluster && file?.shown),
    ...(keyFromProject && { sshKeyNamedAt: at.sshKeyPath }),
    ...keepFromProject,
    ...(values.cluster !== undefined && { fileCluster: values.cluster }),
    ...(file && { configFile: file.path }),
    ...place,
  } as Settings; // complete: keys.ts has a fallback for every setting that is not optional
  return { settings, warnings, file };
}

/**
 * The account of `belt auth` whose token is used: that of --account, else, where neither the environment nor the file has a token, the
 * one in use. Its token goes to no API but its own.
 * @throws UsageError when there is no such account, or an API is named that is not its own
 */
async function storedToken(
  { env, home, account: wanted, files, signal }: SettingsSource,
  { values, warnings, at }: FileValues,
  fromEnvironment: Partial<Settings>,
) {
  if (wanted === undefined && (fromEnvironment.accessToken ?? values.accessToken) !== undefined) return undefined;
  const account = files.account({ env, home }, wanted);
  if (account?.warning !== undefined) warnings.push(account.warning);
  const apiUrl = fromEnvironment.apiUrl ?? values.apiUrl;
  if (!account) return undefined;
  if (apiUrl === undefined || apiUrl === account.apiUrl)
    return { ...account, token: account.token ?? (await files.keyringToken({ env, home }, account, signal)) };
  const elsewhere = fromEnvironment.apiUrl ? 'DIGITALOCEAN_API_URL' : `${at.apiUrl}: api_url`;
  const why = `the token of the account ${account.name} is for ${account.apiUrl} alone, and ${elsewhere} names ${apiUrl}`;
  if (wanted !== undefined)
    throw new UsageError(why, { hint: 'take the address away, or add an account for it: belt auth add NAME' });
  // Whatever needs no token goes on.
  warnings.push(`${why}: it is not used`);
  return undefined;
}

/** Where the cluster's name comes from. `file` is the file that names one. */
const clusterSource = (variable: string | undefined, chosen: string | undefined, file: string | undefined): string =>
  variable !== undefined ? 'BELT_CLUSTER' : chosen !== undefined ? 'belt cluster use' : (file ?? 'default');

/** A token is only sent to an API address from an equally trusted place: a project's file can only set it for its own token. */
function checkTokensWay({ shown }: ConfigFile, { values, at }: FileValues, fromEnvironment: Partial<Settings>): void {
  const { accessToken, apiUrl } = fromEnvironment;
  if (values.apiUrl === undefined || apiUrl !== undefined || accessToken === undefined) return;
  throw new UsageError(
    `${at.apiUrl ?? shown}: api_url would send the token from your environment to ${values.apiUrl}`,
    {
      hint: `if you trust that address: export DIGITALOCEAN_API_URL=${values.apiUrl} (or pass the file: --config ${shown})`,
    },
  );
}

async function readFile({ home }: SettingsSource, file: ConfigFile): Promise<FileValues> {
  const { readYaml } = await import('./yaml-file.ts');
  const { text, shown, folder, mode } = file;
  const read = readYaml({ text, shown, place: { folder, home } });
  if (read.values.accessToken !== undefined && (mode & 0o077) !== 0) {
    read.warnings.push(`${shown} contains a token and others can read it: chmod 600 ${shown}`);
  }
  return read;
}

function readEnvironment({ env, cwd, home }: SettingsSource): Partial<Settings> {
  const set = KEYS.flatMap((key) => {
    const text = env[key.env]?.trim();
    if (!text) return [];
    const given = split(key, { type: 'text', text, at: key.env });
    return [[key.setting, readValue(key, given, { folder: cwd, home })]];
  });
  return Object.fromEntries(set);
}

/** BELT_STATE_DIR, else the state folder of the XDG Base Directory Specification, which only allows absolute paths. */
function stateFolder({ env, cwd, home }: SettingsSource): string {
  const place: Place = { folder: cwd, home };
  const named = env[STATE_VARIABLE] && path.read(env[STATE_VARIABLE], place);
  if (named) return named;
  const xdg = env['XDG_STATE_HOME'];
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'state'), 'belt');
}
