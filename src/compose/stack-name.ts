// The names of a stack and of what is in it.
import { basename } from 'node:path';

/** The label that says to which stack something belongs. */
export const NAMESPACE = 'com.docker.stack.namespace';
/** The label of a service that says which image its file names. */
export const IMAGE = 'com.docker.stack.image';

/** A folder's name as Compose makes a project's of it: lower case, only letters, digits, `-` and `_`, none of those first. */
export const nameOfFolder = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');

/** Whether `docker stack` takes the name. */
export const isStackName = (name: string): boolean => /^[a-zA-Z0-9][\w.-]*$/.test(name);
