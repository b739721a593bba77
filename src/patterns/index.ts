// Node names, and the patterns that expand to many of them. Pure: no cloud, no network, no files.
export { addressIn } from './address.ts';
export { compact } from './compact.ts';
export { checkDropletName } from './droplet-name.ts';
export { AmbiguousName, PatternError } from './errors.ts';
export { count, type ExpandOptions, expand } from './expand.ts';
export { globMatches, isGlob } from './glob.ts';
export { naturalCompare } from './natural.ts';
export { nearest } from './nearest.ts';
export { parse } from './parse.ts';
export { print } from './print.ts';
export {
  hasAddresses,
  isNodePattern,
  isOpen,
  literals,
  needsRoles,
  portsIn,
  RolesUnresolved,
  type Selectable,
  type SelectableRole,
  type Selection,
  select,
} from './select.ts';
export type { Pattern } from './types.ts';
