// Settings: what belt was told.
export { nodeFiles } from './node-files.ts';
export { type ConfigFile, loadSettings, type Settings } from './settings.ts';
