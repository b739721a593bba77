// Interprets an exchange with the API: the requested body, a rate limit, a transient failure, or the error to throw.
import { isLoopback } from '../config/loopback.ts';
import { BeltError } from '../errors.ts';
import { Ambiguous, cloudError, foreignText, Offline } from './errors.ts';
import type { Answer, BrokenOff } from './exchange.ts';
import type { ApiRequest } from './request.ts';

export type Outcome =
  | { kind: 'done'; body: unknown }
  | { kind: 'limited' }
  /** `passing`: retrying may help. A request that may have been carried out is never retried if it creates something. */
  | { kind: 'failed'; error: Error; passing: boolean };

export interface Asked {
  request: Pick<ApiRequest, 'method' | 'path'>;
  /** Where DigitalOcean is. */
  host: string;
  /** The proxy in between. */
  proxy: string | undefined;
  /** Hides secrets. */
  hide: (text: string) => string;
}

const PROXY_HINT = 'check HTTPS_PROXY, with the user and password that it requires: http://USER:PASSWORD@HOST:PORT';
const NETWORK_HINT =
  'a proxy, a captive portal or a wrong api_url answered instead: open a web page to log in, then run the same command again';
const SANDBOX_HINT = 'start one: belt sandbox start · back to the real account: eval "$(belt sandbox env --unset)"';
const CERTIFICATE_HINT =
  'if it is from your own CA or proxy: export NODE_EXTRA_CA_CERTS=/path/to/its/ca.pem; otherwise check the clock and the network';

/** What an answer means. */
export function outcomeOf(answer: Answer, asked: Asked): Outcome {
  const { status, text, proxyStatus } = answer;
  if (proxyStatus !== undefined) return refusedByProxy(proxyStatus, asked);
  if (status >= 200 && status < 300) return success(answer, asked);
  if (status === 429) return { kind: 'limited' };
  const page = isPage(answer);
  const elsewhere = (status >= 300 && status < 400) || status === 407 || status === 511 || (page && status < 500);
  const isUnsure = (status < 400 || status === 408 || status >= 500) && asked.request.method === 'POST';
  if (elsewhere) return fromElsewhere(answer, asked, isUnsure);
  if (isUnsure) return unsure(`${nameOf(asked)}: DigitalOcean answered ${status}`);
  const { request, hide } = asked;
  const error = cloudError(request, { status, body: parsed(text), hide });
  return { kind: 'failed', error, passing: status === 408 || status >= 500 };
}

/** A success has JSON; only a deletion has an empty body. */
function success(answer: Answer, asked: Asked): Outcome {
  const { status, text } = answer;
  const { method } = asked.request;
  if (status === 204 || (method === 'DELETE' && text.trim() === '')) return { kind: 'done', body: null };
  const body = parsed(text);
  if (body !== undefined) return { kind: 'done', body };
  if (isPage(answer)) return fromElsewhere(answer, asked, method === 'POST');
  const what = `${nameOf(asked)}: DigitalOcean's response ${text.trim() === '' ? 'is empty' : 'is not JSON'}`;
  if (method === 'POST') return unsure(what);
  const error = new BeltError(what, { hint: 'run the same command again; if it keeps failing, check api_url' });
  return { kind: 'failed', error, passing: true };
}

/** What an exchange that was broken off means. */
export function brokenOff(broken: BrokenOff, asked: Asked): Outcome {
  const { host, proxy, hide } = asked;
  const reason = reasonOf(broken, hide);
  const through = proxy === undefined ? '' : ` through the proxy ${proxy}`;
  const unreached = `cannot reach DigitalOcean at ${host}${through}`;
  if (isCertificateFault(broken)) {
    // Newer Nodes add advice for people who run Node: `…; if the root CA is installed locally, try running Node.js with …`.
    const [fault] = reason.split('; if the root CA');
    const error = new Offline(`${unreached}: its certificate is not trusted: ${fault}`, {
      hint: CERTIFICATE_HINT,
      cause: broken,
    });
    return { kind: 'failed', error, passing: false };
  }
  const isTls = /^(ERR_SSL|EPROTO)/.test(broken.code);
  if (!broken.connected && !isTls && isLoopback(new URL(`http://${host}`).hostname)) {
    const api = 'the sandbox';
    const details = { reason, api, hint: SANDBOX_HINT, cause: broken };
    return {
      kind: 'failed',
      error: new Offline(`${api} at ${host} does not answer: ${reason}`, details),
      passing: true,
    };
  }
  if (!broken.connected) {
    const hint =
      proxy === undefined ? 'check the network, and api_url if it is set' : 'check the network, and HTTPS_PROXY';
    const error = new Offline(`${unreached}: ${reason}`, { reason, hint, cause: broken });
    return { kind: 'failed', error, passing: !isTls };
  }
  if (broken.isTooLarge && asked.request.method !== 'POST') {
    const error = new BeltError(`${nameOf(asked)}: ${reason}`, { hint: 'check api_url', cause: broken });
    return { kind: 'failed', error, passing: false };
  }
  const error = new Ambiguous(`${nameOf(asked)}: ${reason}`, { cause: broken, hint: 'run the same command again' });
  return { kind: 'failed', error, passing: asked.request.method !== 'POST' };
}

const nameOf = ({ request: { method, path } }: Asked): string => `${method} ${path}`;

const unsure = (message: string, hint?: string): Outcome => ({
  kind: 'failed',
  error: new Ambiguous(message, { hint }),
  passing: false,
});

/** The proxy refused the connection. */
function refusedByProxy(status: number, { host, proxy }: Asked): Outcome {
  const answered = Number.isNaN(status) ? 'its response is not HTTP' : `it answered ${status}`;
  const why = status === 407 ? 'it requires a user and password (407)' : answered;
  const error = new Offline(`the proxy ${proxy} refused to connect to ${host}: ${why}`, {
    hint: status === 407 ? PROXY_HINT : `check HTTPS_PROXY and what that proxy allows, or add ${host} to NO_PROXY`,
  });
  return { kind: 'failed', error, passing: status >= 500 };
}

/** A captive portal, a proxy or another service: the answer is not DigitalOcean's. */
function fromElsewhere({ status, headers }: Answer, asked: Asked, isUnsure: boolean): Outcome {
  const where = hostOf(headers.location);
  const how = status >= 200 && status < 300 ? `a web page (${status})` : `status ${status}${where && ` to ${where}`}`;
  const message = asked.hide(`${nameOf(asked)}: the response did not come from DigitalOcean: ${how}`);
  const hint = status === 407 ? PROXY_HINT : NETWORK_HINT;
  if (isUnsure) return unsure(message, hint);
  return { kind: 'failed', error: new BeltError(message, { hint }), passing: false };
}

/** Only the host: the rest may contain anything. */
const hostOf = (location: string | undefined): string =>
  location !== undefined && URL.canParse(location) ? foreignText(new URL(location).host, { most: 100 }) : '';

const isPage = ({ headers, text }: Answer): boolean =>
  /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html|head|body|script|meta|\?xml)/i.test(text);

/** undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** The names that Node has for what is wrong with a certificate (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE_FAULTS =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|CRL_|ERROR_IN_)/;

const isCertificateFault = ({ code, connected }: BrokenOff): boolean => !connected && CERTIFICATE_FAULTS.test(code);

function reasonOf({ code, message }: BrokenOff, hide: Asked['hide']): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ECONNRESET') return 'the connection was lost';
  return foreignText(hide(message));
}
