// Forwards the requests of droplets' apt from the distribution's archive to the machine's own mirror: droplets reach nothing else.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';

/** The response headers that apt uses. */
const HEADERS = [
  'content-length',
  'content-type',
  'content-range',
  'last-modified',
  'etag',
  'accept-ranges',
  'location',
];
/** Less than apt's own patience: it tries again. */
const SILENT_MS = 20_000;
const ASKED = ['range', 'if-range', 'if-modified-since', 'if-none-match', 'cache-control'];

/** Answers for the mirror itself, whose name droplets take for the archive's. Where the machine has none there is nothing. */
export function answerFromMirror(
  mirror: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): void {
  if (mirror === undefined) {
    response.writeHead(404).end();
    return;
  }
  const pathname = new URL(mirror).pathname.replace(/\/$/, '');
  const path = request.url?.startsWith(`${pathname}/`) ? request.url.slice(pathname.length) : undefined;
  if (path === undefined || !['GET', 'HEAD'].includes(request.method ?? '')) {
    response.writeHead(404).end();
    return;
  }
  const url = new URL(`${mirror}${path}`);
  const { get } = url.protocol === 'https:' ? https : http;
  const upstream = get(url, { method: request.method, headers: some(request.headers, ASKED) }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, some(answer.headers, HEADERS));
    answer.once('error', () => response.destroy());
    answer.pipe(response);
  });
  upstream.setTimeout(SILENT_MS, () => upstream.destroy(new Error(`it was silent for ${SILENT_MS / 1000} s`)));
  upstream.once('error', (error) => {
    log(`the mirror ${url.host} does not answer: ${error.message}`);
    // An answer that broke off midway must not look like a whole one.
    if (response.headersSent) return response.destroy();
    response.writeHead(502).end();
  });
  response.once('close', () => upstream.destroy());
}

const some = (headers: http.IncomingHttpHeaders, names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
