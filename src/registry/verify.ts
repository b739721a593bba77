// Whether a registry takes credentials, asked as docker does when somebody logs in (distribution's API: GET /v2/, with Basic or through
// its token server). A registry that is reached from the nodes alone cannot be asked from here: that is no refusal.
import http from 'node:http';
import https from 'node:https';
import { systemClock } from '../clock.ts';
import { type Answer, exchange } from '../cloud/exchange.ts';
import { proxyAgent, proxyFor } from '../cloud/proxy.ts';
import { isLoopback } from '../config/loopback.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { HUB, hostOf } from './hosts.ts';

export type Verdict = 'accepted' | { refused: string } | { unknown: string };

const STEP_MS = 20_000;
const MOST_BYTES = 1024 * 1024;
/** Docker Hub's registry is elsewhere than its name in docker's configuration. */
const HUB_HOST = 'registry-1.docker.io';

interface Login {
  username: string;
  password: string;
}

/** At most four requests of twenty seconds each. */
export async function verify(context: Context, registry: string, login: Login): Promise<Verdict> {
  const host = registry === HUB ? HUB_HOST : hostOf(registry);
  try {
    const { base, answer } = await knock(context, host);
    if (answer.status === 200) return { unknown: 'it lets anybody in' };
    if (answer.status !== 401) return { unknown: `it answers ${answer.status}, not as a registry does` };
    const challenge = challengeOf(answer);
    if (challenge?.scheme === 'basic') return judge(await get(context, base, basic(login)));
    if (challenge?.scheme === 'bearer') return await byToken(context, base, { challenge, login });
    return { unknown: 'it asks for a way to log in that belt does not know' };
  } catch (error) {
    context.signal.throwIfAborted();
    return { unknown: `it cannot be asked from here: ${messageOf(error)}` };
  }
}

/** Nothing secret goes to one without TLS, unless it is on this machine, as docker has it. */
async function knock(context: Context, host: string): Promise<{ base: URL; answer: Answer }> {
  const secure = new URL(`https://${host}/v2/`);
  try {
    return { base: secure, answer: await get(context, secure) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isLoopback(secure.hostname)) throw error;
    const plain = new URL(`http://${host}/v2/`);
    return { base: plain, answer: await get(context, plain) };
  }
}

interface Challenge {
  scheme: string;
  realm: string;
  service: string | undefined;
  scope: string | undefined;
}

/** `Bearer realm="https://…",service="…"` */
export function challengeOf({ headers }: Pick<Answer, 'headers'>): Challenge | undefined {
  const [, scheme, rest = ''] = /^\s*(\w+)(?:\s+(.*))?$/s.exec(headers['www-authenticate'] ?? '') ?? [];
  if (scheme === undefined) return undefined;
  // A second scheme may follow, with a realm of its own (Gitea): the first value of each key is the first scheme's.
  const found = [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!.toLowerCase(), value!] as const);
  const values = new Map(found.toReversed());
  return {
    scheme: scheme.toLowerCase(),
    realm: values.get('realm') ?? '',
    service: values.get('service'),
    scope: values.get('scope'),
  };
}

async function byToken(
  context: Context,
  base: URL,
  { challenge: { realm, service, scope }, login }: { challenge: Challenge; login: Login },
): Promise<Verdict> {
  if (!URL.canParse(realm)) return { unknown: 'it names no token server' };
  const url = new URL(realm);
  const isSafe = url.protocol === 'https:' || (isLoopback(base.hostname) && isLoopback(url.hostname));
  if (!isSafe) return { unknown: `its token server ${url.host} has no TLS` };
  url.searchParams.set('account', login.username);
  url.searchParams.set('client_id', 'belt');
  if (service !== undefined) url.searchParams.set('service', service);
  if (scope !== undefined) url.searchParams.set('scope', scope);
  const answer = await get(context, url, basic(login));
  const verdict = judge(answer);
  if (verdict !== 'accepted') return verdict;
  const token = tokenIn(answer.text);
  if (token === undefined) return { unknown: 'its token server gave no token' };
  context.secrets.add(token);
  return judge(await get(context, base, `Bearer ${token}`));
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token: other } = JSON.parse(text) as { token?: unknown; access_token?: unknown };
    const found = token || other;
    return typeof found === 'string' && found !== '' ? found : undefined;
  } catch {
    return undefined;
  }
}

function judge({ status }: Answer): Verdict {
  if (status === 200) return 'accepted';
  return status === 401 || status === 403 ? { refused: `HTTP ${status}` } : { unknown: `it answers ${status}` };
}

const basic = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function get(context: Context, target: URL, authorization?: string): Promise<Answer> {
  const { signal, trace, env } = context;
  const proxy = await proxyFor(target, env);
  const own = target.protocol === 'https:' ? new https.Agent() : new http.Agent();
  const agent = proxy ? await proxyAgent(proxy, {}) : own;
  const answer = await exchange({
    target,
    method: 'GET',
    headers: { 'user-agent': 'belt', ...(authorization && { authorization }) },
    payload: undefined,
    agent,
    clock: systemClock,
    signal,
    timeoutMs: STEP_MS,
    mostBytes: MOST_BYTES,
  });
  // The query names the user, who may be a token.
  trace?.(`GET ${target.origin}${target.pathname} → ${answer.status}`);
  return answer;
}
