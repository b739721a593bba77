// Compose files → the stack that they ask of a swarm. Nothing is read but through the functions given, nothing is sent anywhere.
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import { adviseService, adviseTogether, checkDependencies } from './advice.ts';
import { readData } from './data.ts';
import type { DesiredService, DesiredStack } from './desired.ts';
import { Files, type ReadFile } from './files.ts';
import { loadFiles } from './load.ts';
import { readVolumes } from './mounts.ts';
import { checkNames } from './names.ts';
import { readNetworks } from './networks.ts';
import { Reader } from './read.ts';
import { Report } from './report.ts';
import { type ReadService, readService } from './service.ts';
import type { Builds, StackContext } from './stack-context.ts';
import { isStackName, nameOfFolder } from './stack-name.ts';
import { child, type Entry, type Mapping, type Value } from './tree.ts';
import { type Environment, Variables } from './variables.ts';

export interface StackOptions {
  /** As the user names them; none: the first of COMPOSE_FILES that is in the current folder. */
  files: readonly string[];
  readFile: ReadFile;
  environment: Environment;
  /** Absolute; what paths in `files` and `envFiles` count from. */
  cwd: string;
  home?: string | undefined;
  /** What relative paths in the files count from, and where `.env` is, if not the folder of the first file. */
  folder?: string | undefined;
  /** Files of variables instead of `.env`. */
  envFiles?: readonly string[] | undefined;
  profiles?: readonly string[] | undefined;
  /** Instead of the files' `name`, or the folder's. */
  name?: string | undefined;
  /** A variable without a value is empty, and a warning. */
  allowUnset?: boolean | undefined;
  builds?: Builds | undefined;
  /** Dollar signs are text. */
  asWritten?: boolean | undefined;
}

/** What a stack's file is called, where no one says. */
export const COMPOSE_FILES = [
  ...['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'],
  ...['docker-stack.yaml', 'docker-stack.yml', 'stack.yaml', 'stack.yml'],
];

/**
 * What is wrong with the files is in the findings.
 * @throws UsageError for files that are not there or not YAML, and for a name that no stack can have
 */
export function readStack(options: StackOptions): DesiredStack {
  const { cwd, environment, allowUnset = false } = options;
  const files = new Files(options);
  const report = new Report();
  const paths = composeFiles(options, files);
  const folder = options.folder ?? dirname(paths[0]!);
  const none = new Variables({ environment, report, allowUnset });
  const variables = envFiles(options, files, folder).reduce((before, path) => before.with(files, path), none);
  const loading = { files, report, variables: options.asWritten ? undefined : variables };
  const whole = loadFiles(loading, paths, folder);
  const name = stackName(options, whole, folder === '.' ? cwd : folder);
  const context = { name, files, report, variables, whole, builds: options.builds };
  const found = readParts(context, activeProfiles(options, variables));
  return { ...found, findings: report.inOrder(files.names) };
}

function composeFiles({ files: given, cwd }: StackOptions, files: Files): string[] {
  if (given.length > 0) {
    const paths = given.map((path) => files.resolve(cwd, path));
    checkThere(given, paths, files, cwd);
    return paths;
  }
  const found = COMPOSE_FILES.map((name) => files.resolve(cwd, name)).find((path) => files.read(path) !== undefined);
  if (found === undefined) {
    throw new UsageError('there is no compose.yaml here', { hint: 'name the file: -c FILE' });
  }
  return [found];
}

/** @throws UsageError naming one that is not there; `cwd`: with a Compose file that is there instead */
function checkThere(given: readonly string[], paths: readonly string[], files: Files, cwd?: string): void {
  const missing = given.find((_, n) => files.read(paths[n]!) === undefined);
  if (missing === undefined) return;
  const others =
    cwd === undefined ? [] : COMPOSE_FILES.filter((name) => files.read(files.resolve(cwd, name)) !== undefined);
  const here = others.length > 0 ? `here is: ${others.join(', ')}` : undefined;
  throw new UsageError(`there is no file ${missing}`, {
    hint: here ?? 'paths are relative to the folder that belt is started in; see: ls',
  });
}

function envFiles({ envFiles: given = [], cwd }: StackOptions, files: Files, folder: string): string[] {
  const paths = given.map((path) => files.resolve(cwd, path));
  checkThere(given, paths, files);
  const own = files.resolve(folder, '.env');
  if (given.length > 0) return paths;
  return files.read(own) === undefined ? [] : [own];
}

function stackName({ name: given }: StackOptions, whole: Mapping, folder: string): string {
  const own = child(whole, 'name');
  const inFile = own?.kind === 'scalar' && own.text !== '' ? own.text : undefined;
  const name = given ?? inFile ?? nameOfFolder(folder);
  if (isStackName(name)) return name;
  const where =
    given === undefined && inFile !== undefined ? `${own!.at.file}:${own!.at.line}:${own!.at.column}: ` : '';
  throw new UsageError(`${where}a stack cannot be called ${JSON.stringify(name)}`, {
    hint: 'letters, digits, "-", "_" and ".", a letter or a digit first',
  });
}

function activeProfiles({ profiles = [] }: StackOptions, { lookup }: Variables): string[] {
  const own = lookup('COMPOSE_PROFILES') ?? '';
  return [...profiles, ...own.split(',').map((one) => one.trim())].filter((one) => one !== '');
}

function readParts(context: StackContext, profiles: readonly string[]): Omit<DesiredStack, 'findings'> {
  const { report, name, whole } = context;
  const declared = {
    networks: readNetworks(context),
    volumes: readVolumes(context),
    configs: readData(context, 'configs'),
    secrets: readData(context, 'secrets'),
  };
  checkNames(context, declared);
  const all = servicesOf(whole);
  const read = all
    .filter(([, { value }]) => isActive(value, report, profiles))
    .map(([key, entry]) => {
      report.service = key;
      const service = readService(context, key, entry, declared);
      adviseService(service);
      return service;
    });
  report.service = undefined;
  adviseTogether(read, report);
  checkDependencies(
    read,
    all.map(([key]) => key),
    report,
  );
  if (read.length === 0) report.error(child(whole, 'services') ?? whole, 'there is no service to deploy');
  const services = read.map(({ desired }: ReadService) => desired);
  return {
    name,
    networks: usedNetworks([...declared.networks.values()], services),
    volumes: [...declared.volumes.values()].map(({ key, name: inSwarm, external, at }) => ({
      key,
      name: inSwarm,
      external,
      at,
    })),
    configs: [...declared.configs.values()],
    secrets: [...declared.secrets.values()],
    services,
    inactive: all.map(([key]) => key).filter((key) => services.every((service) => service.name !== key)),
  };
}

function servicesOf(whole: Value): [string, Entry][] {
  const services = child(whole, 'services');
  return services?.kind === 'mapping' ? [...services.entries].filter(([, { value }]) => value.tag !== 'reset') : [];
}

function isActive(service: Value, report: Report, active: readonly string[]): boolean {
  const profiles = new Reader(service.kind === 'mapping' ? service : undefined, report).texts('profiles');
  return profiles.length === 0 || active.includes('*') || profiles.some((profile) => active.includes(profile));
}

function usedNetworks<N extends { name: string }>(networks: readonly N[], services: readonly DesiredService[]): N[] {
  const used = new Set(services.flatMap(({ spec }) => (spec.TaskTemplate.Networks ?? []).map(({ Target }) => Target)));
  return networks.filter(({ name }) => used.has(name));
}
