// The settings of belt.
export { nodeFiles } from './node-files.ts';
export { type ConfigFile, loadSettings, type Settings } from './settings.ts';
