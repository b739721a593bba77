// What belt knows without asking anybody: a person who pressed Tab waits.

import { openAccountState } from '../../config/account.ts';
import { clustersWithNodes, knownNodes } from '../../config/choices.ts';
import { describedClusters, openDescriptions } from '../../config/cluster/folder.ts';
import { loadSettings, nodeFiles, type Settings } from '../../config/index.ts';
import { offered } from '../../config/offered.ts';
import type { SettingsFiles } from '../../config/types.ts';
import { naturalCompare } from '../../patterns/index.ts';

export interface Known {
  nodes: string[];
  clusters: string[];
  sizes: string[];
  regions: string[];
  images: string[];
}

export interface Here {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
}

/** Parsing a hostile file costs some 10 µs a character (`]` each), and a person who pressed Tab waits. */
const MOST_CHARACTERS = 32 * 1024;

const files: SettingsFiles = {
  ...nodeFiles,
  found: (path, options) => {
    const file = nodeFiles.found(path, options);
    if (file && 'text' in file && file.text.length > MOST_CHARACTERS) throw new Error(`${path} is too large`);
    return file;
  },
};

/** @throws for a bad configuration, one that is too large, and where the account was never seen */
export async function known({ env, cwd, home }: Here): Promise<Known> {
  const { settings } = await loadSettings({ env, cwd, home, files });
  const state = await openAccountState(settings, () => Promise.reject(new Error('not asked')));
  const nodes = knownNodes(state, settings.cluster).map(({ name }) => name);
  return {
    nodes: [...new Set(nodes)].toSorted(naturalCompare),
    clusters: [...new Set([...described(settings), ...clustersWithNodes(state)])].toSorted(naturalCompare),
    ...offered(state),
  };
}

const described = ({ projectFolder, fileCluster }: Settings): string[] => [
  ...describedClusters(openDescriptions(projectFolder)),
  ...(fileCluster === undefined ? [] : [fileCluster]),
];
