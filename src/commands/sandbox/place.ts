// Where sandboxes are kept.
import { join } from 'node:path';
import type { Context } from '../../context.ts';

export interface NamedSandbox {
  name: string;
}

/** One folder a sandbox, in the user's home: it is the same sandbox from every folder. */
export const sandboxFolder = ({ home }: Pick<Context, 'home'>): string => join(home, '.belt', 'sandbox');

/** ` --name NAME`, where it must be said. */
export const nameFlag = (name: string): string => (name === 'default' ? '' : ` --name ${name}`);
