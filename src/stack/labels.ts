// The labels by which a stack's parts are known.

/** docker's own: which stack something belongs to. */
export const STACK = 'com.docker.stack.namespace';
/** docker's own: the image as the file names it, since the spec has it with a digest. */
export const IMAGE = 'com.docker.stack.image';
/** The deployment that last changed a service. On the service, not on its tasks: those would restart. */
export const DEPLOYMENT = 'belt.deployment';
/** Whose credentials for its image's registry belt last sent with a service. No secret is in it. */
export const REGISTRY = 'belt.registry';
/** On configs and secrets that belt named by their content: their name in the file. */
export const KEY = 'belt.key';
/** On those whose name the file gives: what their content was. */
export const CONTENT = 'belt.content';
/** On the config that holds what a stack's contents are hashed with. */
export const SALT = 'belt.salt';
/** On versions of a secret that belongs to no stack: the name that people know it by, and which version it is. */
export const SECRET = 'belt.secret';
export const VERSION = 'belt.version';

export type Labelled = { readonly [label: string]: string } | null | undefined;

export const isOf = (labels: Labelled, stack: string): boolean => labels?.[STACK] === stack;
