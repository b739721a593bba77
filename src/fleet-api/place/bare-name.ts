/** A container's name without its node: of `node1/web` and `/web` it is `web`. */
export const bareName = (word: string): string => word.replace(/^\/?(?:[^/]+\/)?/, '');
