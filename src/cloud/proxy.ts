// Requests through an HTTP proxy, where the environment names one (HTTPS_PROXY, NO_PROXY and their like).
import type { Agent, AgentOptions } from 'node:http';
import { isLoopback } from '../config/loopback.ts';
import { UsageError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy in a form that may be shown: without its user and password. */
export interface HttpProxy {
  url: URL;
  shown: string;
}

const VARIABLES = ['https_proxy', 'http_proxy', 'all_proxy'] as const;

/**
 * The proxy for a target; undefined where there is none. This machine (the sandbox) is reached without one.
 * @throws UsageError when the variable is not an HTTP proxy
 */
export async function proxyFor(target: URL, env: Environment): Promise<HttpProxy | undefined> {
  const isSet = VARIABLES.some((name) => env[name] || env[name.toUpperCase()]);
  if (!isSet || isLoopback(target.hostname) || target.hostname.endsWith('.localhost')) return undefined;
  const { getProxyForUrl } = await import('proxy-from-env');
  const text = withEnvironment(env, () => getProxyForUrl(target));
  if (text === '') return undefined;
  const name = nameOf(env, text);
  if (!URL.canParse(text)) throw noProxy(name, 'is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw noProxy(name, `names a ${url.protocol}// proxy`);
  return { url, shown: url.host };
}

/** Connections through the proxy, for requests to anywhere. */
export async function proxyAgent({ url }: HttpProxy, options: AgentOptions): Promise<Agent> {
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return new HttpsProxyAgent(url, options as object) as unknown as Agent;
}

/** proxy-from-env reads the process's own environment, so that is replaced while it runs. */
function withEnvironment<T>(env: Environment, look: () => T): T {
  const own = process.env;
  process.env = { ...env };
  try {
    return look();
  } finally {
    process.env = own;
  }
}

/** Which variable it came from: proxy-from-env may have put a scheme before its value. */
const nameOf = (env: Environment, text: string): string =>
  VARIABLES.flatMap((name) => [name, name.toUpperCase()]).find((name) => env[name] && text.endsWith(env[name])) ??
  'HTTPS_PROXY';

const noProxy = (name: string, why: string): UsageError =>
  new UsageError(`the variable ${name} ${why}: belt goes through http:// and https:// proxies`, {
    hint: `set ${name} to http://HOST:PORT, or add the API's host to NO_PROXY`,
  });
