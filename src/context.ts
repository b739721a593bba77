// Every side effect of belt enters through this one object: main.ts builds it for a person, tests build it differently.
// Modules load when a command first needs them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from './clock.ts';
import type { Cloud } from './cloud/client.ts';
import type { OldState } from './config/old-state.ts';
import type { ConfigFile, Settings } from './config/settings.ts';
import type { State } from './config/state.ts';
import { UsageError } from './errors.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Interrupts } from './interrupts.ts';
import type { Launch } from './launch.ts';
import { colours } from './output/colours.ts';
import type { Secrets } from './output/mask.ts';
import { Out, type OutStream } from './output/out.ts';
import type { TerminalIn } from './ssh/forward.ts';

/** Options that are accepted before or after any command. */
export interface GlobalOptions {
  config?: string | undefined;
  /** Of those that `belt auth` keeps. */
  account?: string | undefined;
  host?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
  trace?: boolean | undefined;
  debug?: boolean | undefined;
  /** For the commands that have it, in seconds. */
  timeout?: number | undefined;
  color?: boolean | undefined;
  /** For how long connections are kept; false for not at all. */
  keep?: string | false | undefined;
  /** File names in docker's arguments refer to the node. */
  nodeFiles?: boolean | undefined;
}

export interface Edges {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** The home that OpenSSH looks in, where it is known: HOME may name another. */
  readonly databaseHome?: string | undefined;
  /** Opened on first use: what a command does not read is left for the next one in a script. */
  readonly stdin: TerminalIn;
  /** Whether it is a terminal, known without opening it. */
  stdinIsTerminal: boolean;
  stdout: OutStream;
  stderr: OutStream;
  interrupts: Interrupts;
  /** What must not appear on stderr; main.ts hides it in errors as well. */
  secrets: Secrets;
  /** The machine's own, where there is none. */
  clock?: Clock;
  /** The path of the program that started belt, where the system tells. */
  readonly caller?: string | undefined;
  /** Starts a program here; with belt's own streams, where there is none. */
  launch?: Launch;
}

export interface Context extends Omit<Edges, 'launch'> {
  clock: Clock;
  launch(): Promise<Launch>;
  out: Out;
  options: GlobalOptions;
  /** Aborted by the first Ctrl-C that no command handles itself. */
  signal: AbortSignal;
  /** ms since the epoch; no request to a node lasts long beyond it. Set for the part of a command that `--timeout` bounds. */
  deadline?: number | undefined;
  /** Whether a user can be prompted: stdin and stderr are terminals. */
  interactive: boolean;
  /** Prints a line of `--trace`, with secrets hidden; undefined without `--trace`. */
  trace: ((line: string) => void) | undefined;
  settings(): Promise<Settings>;
  /** The .belt.yaml in use, read once. */
  configFile(): Promise<ConfigFile | undefined>;
  /** The user's own state, of the account that the settings give access to. */
  state(): Promise<State>;
  /** The project's `.belt/`, which holds the descriptions of clusters and no more. */
  descriptions(): Promise<State>;
  cloud(): Promise<Cloud>;
  fleet(): Promise<Fleet>;
  /** The same with everything read again: for a command that wrote the file that its settings come from. */
  readAgain(): Promise<Context>;
}

/** The context of one command. */
export async function createContext(edges: Edges, options: GlobalOptions): Promise<Context> {
  const { env, secrets, stdout, stderr } = edges;
  const out = await outFor(edges, options);
  const load = once(() => loadAll(context, edges, options));
  const context: Context = {
    env,
    cwd: edges.cwd,
    home: edges.home,
    get databaseHome() {
      return edges.databaseHome;
    },
    get stdin() {
      return edges.stdin;
    },
    stdinIsTerminal: edges.stdinIsTerminal,
    get caller() {
      return edges.caller;
    },
    stdout,
    stderr,
    interrupts: edges.interrupts,
    secrets,
    clock: edges.clock ?? systemClock,
    launch: async () => edges.launch ?? (await import('./launch.ts')).launch,
    out,
    options,
    signal: edges.interrupts.signal,
    interactive: edges.stdinIsTerminal && stderr.isTTY === true,
    trace: options.trace ? (line) => out.trace(line) : undefined,
    settings: async () => (await load()).settings,
    configFile: async () => (await load()).file,
    state: once(async () => {
      const { settings, old } = await load();
      return (await import('./user-state.ts')).openUserState(context, settings, old);
    }),
    descriptions: once(async () => {
      const { projectFolder } = (await load()).settings;
      return (await import('./config/cluster/folder.ts')).openDescriptions(projectFolder);
    }),
    cloud: once(async () => {
      const { openCloud } = await import('./cloud/open.ts');
      const { remembering } = await import('./user-state.ts');
      return remembering(context, openCloud(context, (await load()).settings));
    }),
    fleet: once(async () => (await import('./fleet/open.ts')).openFleet(context)),
    readAgain: () => createContext(edges, options),
  };
  return context;
}

async function outFor({ env, secrets, stdout, stderr }: Edges, options: GlobalOptions): Promise<Out> {
  const refused = options.color === false;
  const [forStderr, forStdout] = await Promise.all(
    [stderr, stdout].map((stream) => colours({ terminal: stream.isTTY === true, env, refused })),
  );
  return new Out({
    stdout,
    stderr,
    quiet: options.quiet === true,
    json: options.json === true,
    live: stderr.isTTY === true && env['TERM'] !== 'dumb',
    colours: forStderr!,
    resultColours: forStdout!,
    secrets,
  });
}

/** The settings, and what an older `.belt/` of the project has to do with them. */
async function loadAll(context: Context, { cwd, env, home, interrupts, secrets }: Edges, options: GlobalOptions) {
  const { loadSettings, nodeFiles } = await import('./config/index.ts');
  const { signal } = interrupts;
  const { config: configFile, account } = options;
  const loaded = await loadSettings({ env, cwd, home, configFile, account, files: nodeFiles, signal });
  secrets.add(loaded.settings.accessToken);
  for (const warning of loaded.warnings) context.out.warn(warning);
  const old = await oldStateOf(context, loaded.settings);
  const chosen = env['BELT_CLUSTER']?.trim() ? undefined : old?.cluster;
  const settings: Settings = {
    ...loaded.settings,
    ...(chosen !== undefined && { cluster: chosen, clusterFrom: 'belt cluster use' }),
    ...(options.keep !== undefined && { keepMs: await keepMs(options.keep), keepNamed: undefined }),
  };
  return { file: loaded.file, old, settings };
}

/** @throws UsageError */
async function keepMs(given: string | false): Promise<number> {
  if (given === false) return 0;
  const { keep } = await import('./config/kinds.ts');
  const ms = keep.read(given, { folder: '', home: '' });
  if (ms === undefined) throw new UsageError(`--keep must be ${keep.wants}, not ${JSON.stringify(given)}`);
  return ms;
}

/** Usually there is none: then nothing is loaded for it. */
async function oldStateOf(context: Context, settings: Settings): Promise<OldState | undefined> {
  if (!existsSync(join(settings.projectFolder, '.belt'))) return undefined;
  return (await import('./user-state.ts')).oldState(context, settings);
}

/** The same context for a cluster other than the chosen one. */
export function withCluster(context: Context, cluster: string): Context {
  const other: Context = {
    ...context,
    settings: once(async () => ({ ...(await context.settings()), cluster, clusterFrom: 'named in this command' })),
    fleet: once(async () => (await import('./fleet/open.ts')).openFleet(other)),
  };
  return other;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
