// Where sandboxes are kept.
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { listSandboxes } from '../../sandbox/control.ts';
import { cacheFolder } from '../../sandbox/images/library.ts';
import type { Kept } from '../../sandbox/kept.ts';
import type { HostKind } from '../../sandbox/options.ts';

export interface NamedSandbox {
  name: string;
}

/** One folder a sandbox, in the user's home: it is the same sandbox from every folder. */
export const sandboxFolder = ({ home }: Pick<Context, 'home'>): string => join(home, '.belt', 'sandbox');

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
