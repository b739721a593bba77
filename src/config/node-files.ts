// The real files behind loadSettings.
import { readFileSync, statSync } from 'node:fs';
import type { SettingsFiles } from './types.ts';

const MISSING = new Set(['ENOENT', 'ENOTDIR']);

export const nodeFiles: SettingsFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (MISSING.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  },
  // Windows has no such bits, and Node reports all of them as set.
  mode: (path) => (process.platform === 'win32' ? 0o600 : statSync(path).mode & 0o777),
  own: (path) => process.getuid === undefined || [0, process.getuid()].includes(statSync(path).uid),
};
