// The short form of a volume, SOURCE:TARGET:OPTIONS, as docker/cli reads it (cli/compose/loader/volume.go).

export interface ShortVolume {
  type: 'bind' | 'volume';
  source?: string;
  target: string;
  isReadOnly: boolean;
  noCopy: boolean;
  propagation?: string;
  /** Options that mean nothing to Docker, such as `z`. */
  ignored: string[];
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** Undefined for a text that is none. */
export function parseShortVolume(text: string): ShortVolume | undefined {
  const parts = split(text);
  if (parts.length === 0 || parts.length > 3 || parts.includes('')) return undefined;
  const [first, target, options = ''] = parts as [string, string | undefined, string | undefined];
  if (target === undefined) return { type: 'volume', target: first, isReadOnly: false, noCopy: false, ignored: [] };
  const found: ShortVolume = {
    type: isPath(first) ? 'bind' : 'volume',
    source: first,
    target,
    isReadOnly: false,
    noCopy: false,
    ignored: [],
  };
  for (const option of options.split(',').filter((one) => one !== '')) {
    if (option === 'ro') found.isReadOnly = true;
    else if (option === 'nocopy') found.noCopy = true;
    else if (PROPAGATIONS.includes(option)) found.propagation = option;
    else if (option !== 'rw') found.ignored.push(option);
  }
  return found;
}

/** The path in the container; the text itself where it cannot be read. */
export const shortTarget = (text: string): string => parseShortVolume(text)?.target ?? text;

/** At colons. Docker's tools take a single letter for a Windows drive; the nodes run Linux, and `x:/data` is a volume x. */
const split = (text: string): string[] => (text === '' ? [] : text.split(':'));

const isPath = (source: string): boolean => /^[./~]/.test(source);
