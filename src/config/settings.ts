// What belt was told: the environment, then .belt.yaml, then the defaults. Knows no cloud and no terminal.
import { dirname, join } from 'node:path';
import { messageOf, UsageError } from '../errors.ts';
import { CHOSEN_CLUSTER } from './choices.ts';
import { type ConfigFile, findConfigFile } from './find.ts';
import { fallbacks, KEYS, STATE_VARIABLE } from './keys.ts';
import { clusterName, type Place, path } from './kinds.ts';
import type { Settings, SettingsFiles } from './types.ts';
import { readValue, split } from './value.ts';

export type { Settings } from './types.ts';

export interface SettingsSource {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** What `--config` named. */
  configFile?: string;
  files: SettingsFiles;
}

/**
 * The settings, and a line for each thing that is odd but no error (a key that belt does not know, a token that others
 * can read). A variable beats the file; one that is empty is not set. Without a file the YAML parser is not loaded.
 * Throws a UsageError that names the file, line and column, or the variable, and never shows the token.
 */
export async function loadSettings(source: SettingsSource): Promise<{ settings: Settings; warnings: string[] }> {
  const file = findConfigFile(source);
  const { values, warnings } = file ? await readFile(source, file) : { values: {}, warnings: [] };
  const folder = stateFolder(source, file);
  const fromEnvironment = readEnvironment(source);
  const chosen = fromEnvironment.cluster === undefined ? chosenCluster(source, folder) : undefined;
  const settings = {
    ...fallbacks(),
    ...values,
    ...(chosen !== undefined && { cluster: chosen }),
    ...fromEnvironment,
    clusterFrom: clusterSource(fromEnvironment.cluster, chosen, values.cluster && file?.shown),
    ...(values.cluster !== undefined && { fileCluster: values.cluster }),
    ...(file && { configFile: file.path }),
    stateFolder: folder,
  } as Settings; // whole: keys.ts has a fallback for every setting that is not optional
  return { settings, warnings };
}

/** Where the cluster's name comes from, given what each place says of it. `file` is the file that names one. */
const clusterSource = (variable: string | undefined, chosen: string | undefined, file: string | undefined): string =>
  variable !== undefined ? 'BELT_CLUSTER' : chosen !== undefined ? 'belt cluster use' : (file ?? 'default');

/** What `belt cluster use` chose: it beats the file's cluster, and BELT_CLUSTER beats it. */
function chosenCluster({ files, cwd, home }: SettingsSource, folder: string): string | undefined {
  const file = join(folder, CHOSEN_CLUSTER);
  const text = readChoice(files, file)?.trim();
  if (!text) return undefined;
  const name = clusterName.read(text, { folder: cwd, home });
  if (name !== undefined) return name;
  // Another cluster than the chosen one must not be worked on by accident.
  throw new UsageError(`${file} names no cluster`, { hint: 'remove it, then choose again: belt cluster use NAME' });
}

function readChoice(files: SettingsFiles, file: string): string | undefined {
  try {
    return files.read(file);
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function readFile({ home, files }: SettingsSource, file: ConfigFile) {
  const { readYaml } = await import('./yaml-file.ts');
  const { text, shown } = file;
  const { values, warnings } = readYaml({ text, shown, place: { folder: dirname(file.path), home } });
  if (values.accessToken !== undefined && (files.mode(file.path) & 0o077) !== 0) {
    warnings.push(`${shown} holds a token and others can read it: chmod 600 ${shown}`);
  }
  return { values, warnings };
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

function stateFolder({ env, cwd, home }: SettingsSource, file: ConfigFile | undefined): string {
  const place: Place = { folder: cwd, home };
  const named = env[STATE_VARIABLE] && path.read(env[STATE_VARIABLE], place);
  return named || join(file ? dirname(file.path) : home, '.belt');
}
