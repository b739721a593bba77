// Words that name nodes by their addresses, as Swarm v1 listed them: `nodes://192.168.99.[101:103]:2375`.

const SCHEME = /^nodes:\/\//;
const ADDRESS = /^((?:\d{1,3}\.){3}\d{1,3})(?::(\d{1,5}))?$/;

/** The word without the `nodes://` that Swarm v1 has before addresses. */
export const withoutScheme = (word: string): string => word.replace(SCHEME, '');

export interface NamedAddress {
  address: string;
  /** Of an engine that listens on TCP. */
  port: string | undefined;
}

/** What a name of a pattern says where it is an IPv4 address, with or without a port; undefined where it is none. */
export function addressIn(name: string): NamedAddress | undefined {
  const [, address, port] = ADDRESS.exec(name) ?? [];
  return address === undefined ? undefined : { address, port };
}
