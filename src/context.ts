// Every side effect of belt enters through this one object: main.ts builds it for a person, tests build it differently.
// Modules load when a command first needs them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from './clock.ts';
import type { Cloud } from './cloud/client.ts';
import type { OldState } from './config/old-state.ts';
import type { ConfigFile, Settings } from './config/settings.ts';
import type { State } from './config/state.ts';
import type { Fleet } from './fleet/node.ts';
import type { Interrupts } from './interrupts.ts';
import { colours } from './output/colours.ts';
import type { Secrets } from './output/mask.ts';
import { Out, type OutStream } from './output/out.ts';
import type { TerminalIn } from './ssh/forward.ts';

/** Options that are accepted before or after any command. */
export interface GlobalOptions {
  config?: string | undefined;
  host?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
  trace?: boolean | undefined;
  debug?: boolean | undefined;
  /** For the commands that have it, in seconds. */
  timeout?: number | undefined;
  color?: boolean | undefined;
  /** File names in docker's arguments refer to the node. */
  nodeFiles?: boolean | undefined;
}

export interface Edges {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
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
}

export interface Context extends Edges {
  clock: Clock;
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
}

/** The context of one command. */
export async function createContext(edges: Edges, options: GlobalOptions): Promise<Context> {
  const { env, stdout, stderr } = edges;
  const wish = { terminal: stderr.isTTY === true, env, refused: options.color === false };
  const quiet = options.quiet === true;
  const live = stderr.isTTY === true && env['TERM'] !== 'dumb';
  const json = options.json === true;
  const { secrets } = edges;
  const out = new Out({ stdout, stderr, quiet, json, live, colours: await colours(wish), secrets });

  const load = once(async () => {
    const { loadSettings, nodeFiles } = await import('./config/index.ts');
    const { cwd, home, interrupts } = edges;
    const { signal } = interrupts;
    const loaded = await loadSettings({ env, cwd, home, configFile: options.config, files: nodeFiles, signal });
    secrets.add(loaded.settings.accessToken);
    for (const warning of loaded.warnings) out.warn(warning);
    const old = await oldStateOf(context, loaded.settings);
    const chosen = edges.env['BELT_CLUSTER']?.trim() ? undefined : old?.cluster;
    return {
      ...loaded,
      old,
      settings: {
        ...loaded.settings,
        ...(chosen !== undefined && { cluster: chosen, clusterFrom: 'belt cluster use' }),
      },
    };
  });
  const context: Context = {
    env,
    cwd: edges.cwd,
    home: edges.home,
    get stdin() {
      return edges.stdin;
    },
    stdinIsTerminal: edges.stdinIsTerminal,
    stdout,
    stderr,
    interrupts: edges.interrupts,
    secrets,
    clock: edges.clock ?? systemClock,
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
    cloud: once(async () => (await import('./cloud/open.ts')).openCloud(context, (await load()).settings)),
    fleet: once(async () => (await import('./fleet.ts')).openFleet(context)),
  };
  return context;
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
    settings: once(async () => ({ ...(await context.settings()), cluster, clusterFrom: 'the command' })),
    fleet: once(async () => (await import('./fleet.ts')).openFleet(other)),
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
