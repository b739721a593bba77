/** The version in package.json, set by the build. */
declare const BELT_VERSION: string;

/** It comes without types. */
declare module 'proxy-from-env' {
  /** The proxy that `process.env` names for a URL, or ''. */
  export function getProxyForUrl(url: string | URL): string;
}
