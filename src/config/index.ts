// Settings: what belt was told.
export { nodeFiles } from './node-files.ts';
export { loadSettings, type Settings } from './settings.ts';
