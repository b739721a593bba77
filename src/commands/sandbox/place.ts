// Where sandboxes are kept.
import { basename, dirname, join } from 'node:path';
import { text } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { listSandboxes } from '../../sandbox/control.ts';
import { cacheFolder } from '../../sandbox/images/library.ts';
import { statePath } from '../../sandbox/info.ts';
import type { Kept } from '../../sandbox/kept.ts';
import type { HostKind } from '../../sandbox/options.ts';

/** For a command about a sandbox that runs. */
export const runningSandbox = text('<name>', 'which sandbox, if several run: by default that of belt sandbox env');

export interface NamedSandbox {
  name?: string | undefined;
}

/** One folder a sandbox, in the user's home: it is the same sandbox from every folder. */
export const sandboxFolder = ({ home }: Pick<Context, 'home'>): string => join(home, '.belt', 'sandbox');

/** The sandbox that is named, else the one that `belt sandbox env` points this shell at, else `default`. */
export function meantSandbox(context: Pick<Context, 'env' | 'home' | 'out'>, { name }: NamedSandbox): string {
  if (name !== undefined) return name;
  const state = context.env['BELT_STATE_DIR'] ?? '';
  const fromEnvironment = basename(dirname(state));
  if (state !== statePath(join(sandboxFolder(context), fromEnvironment))) return 'default';
  if (fromEnvironment !== 'default') {
    context.out.note(`the sandbox of this shell: ${fromEnvironment} (BELT_STATE_DIR; another: --name NAME)`);
  }
  return fromEnvironment;
}

/** Where image layers are kept for this user. */
export const imagesFolder = ({ env, home }: Pick<Context, 'env' | 'home'>): string => cacheFolder(env, home);

/** The names of sandboxes that run with this kind of hosts. */
export const runningWith = (context: Pick<Context, 'home'>, kind: HostKind): string[] =>
  listSandboxes(sandboxFolder(context))
    .filter(({ options }) => options.hosts === kind)
    .map(({ name }) => name);

/** ` --name NAME`, where it must be said. */
export const nameFlag = (name: string): string => (name === 'default' ? '' : ` --name ${name}`);

/** Tells what of a sandbox's folder was not removed with it. */
export function tellKept({ out }: Pick<Context, 'out'>, kept: Kept | undefined): void {
  if (kept === undefined) return;
  const { clusters, folder } = kept;
  out.warn(
    `the sandbox's folder contained the descriptions of ${clusters.join(', ')}: kept in ${folder} (belt looks in .belt/clusters)`,
  );
}
