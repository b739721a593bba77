// The cluster that commands act on.
import { setChosenCluster } from '../config/projects.ts';
import type { Context } from '../context.ts';
import { ownCluster } from './exists.ts';

/** The file's own cluster is no choice: when the file names another one, that is followed. */
export async function chooseCluster(context: Context, name: string): Promise<void> {
  setChosenCluster(await context.settings(), name === (await ownCluster(context)) ? undefined : name);
  const variable = context.env['BELT_CLUSTER']?.trim();
  if (variable && variable !== name) context.out.warn(`BELT_CLUSTER=${variable} takes precedence`);
}
