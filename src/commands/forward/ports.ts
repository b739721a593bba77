import { UsageError } from '../../errors.ts';

export interface Port {
  /** 0: a free one. */
  local: number;
  remote: number;
}

/** Reads `8080:80` and `80`. @throws UsageError */
export function readPorts(words: readonly string[]): Port[] {
  const ports = words.map((word): Port => {
    const [, local, remote = ''] = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(word) ?? [];
    const port = { local: Number(local ?? remote), remote: Number(remote) };
    if (port.remote < 1 || port.remote > 65_535 || port.local > 65_535) {
      throw new UsageError(`invalid port ${JSON.stringify(word)}`, {
        hint: 'write PORT, or LOCAL:PORT, such as 8080:80',
      });
    }
    return port;
  });
  const twice = ports.find(({ local }, at) => local !== 0 && ports.findIndex((one) => one.local === local) < at);
  if (twice) throw new UsageError(`port ${twice.local} is to be two ports here`);
  return ports;
}
