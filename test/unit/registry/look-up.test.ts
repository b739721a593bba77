// What a registry's refusal means, in the words of engines of several versions and of registries; and when credentials are sent.
import { expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/error.ts';
import { failureOf, lookUp } from '../../../src/registry/look-up.ts';

const says = (status: number, words: string) => new EngineError('denied-node', status, words);

test.each<[string, number, string, string]>([
  ['nginx:none', 404, 'manifest unknown: manifest unknown', 'missing'],
  ['ghcr.io/a/b:none', 404, 'manifest for ghcr.io/a/b:none not found', 'missing'],
  ['r.test/a', 404, 'name unknown: repository name not known to registry', 'missing'],
  ['r.test/a', 500, 'Head "https://r.test/v2/a/manifests/1": name unknown: x', 'missing'],
  ['app', 403, 'denied: requested access to the resource is denied', 'missing'],
  ['docker.io/library/app:1', 404, 'pull access denied, may require authorization: insufficient_scope', 'missing'],
  ['me/app', 403, 'denied: requested access to the resource is denied', 'refused'],
  ['me/app', 404, 'pull access denied, repository does not exist or may require authorization', 'refused'],
  ['app', 401, 'unauthorized: incorrect username or password', 'refused'],
  ['r.test/a', 401, '', 'refused'],
  ['r.test/a', 500, 'Get "https://r.test/v2/": no basic auth credentials', 'refused'],
  ['registry.gitlab.com/a/b', 500, 'Get "https://registry.gitlab.com/v2/": denied: access forbidden', 'refused'],
  ['nginx', 429, 'toomanyrequests: You have reached your unauthenticated pull rate limit', 'unanswered'],
  ['nginx', 500, 'toomanyrequests: you are denied for an hour', 'unanswered'],
  ['r.test/denied', 500, 'Get "https://r.test/v2/denied/manifests/1": dial tcp: i/o timeout', 'unanswered'],
  ['r.test/a', 0, 'unauthorized', 'unanswered'],
  ['r.test/a', 404, 'page not found', 'unanswered'],
  ['r.test/a', 404, 'Not Found', 'unanswered'],
])('of %s an engine that says %i %s: %s', (image, status, words, kind) => {
  expect(failureOf(image, says(status, words))).toBe(kind);
});

const REFUSED = says(401, 'unauthorized: authentication required');
const MISSING = says(404, 'manifest unknown: manifest unknown');
const BUSY = says(429, 'toomanyrequests: x');
const CREDENTIALS = { registry: 'r.test', auth: { serveraddress: 'r.test', identitytoken: 'made-up' } };

test.each<[string, EngineError | 'found', EngineError | 'found', object]>([
  ['lets anybody in', 'found', 'found', { kind: 'found', isSent: false, isAsked: false }],
  ['asks for them', REFUSED, 'found', { kind: 'found', isSent: true, isAsked: true }],
  ['asks for them, and lacks the tag', REFUSED, MISSING, { kind: 'missing', isSent: true, isAsked: true }],
  ['asks for them, and then is busy', REFUSED, BUSY, { kind: 'unanswered', isSent: true, isAsked: true }],
  ['does not take them', REFUSED, REFUSED, { kind: 'refused', isSent: false, isAsked: false }],
  ['hides what is private', MISSING, 'found', { kind: 'found', isSent: true, isAsked: true }],
  ['has no such tag', MISSING, MISSING, { kind: 'missing', isSent: false, isAsked: false }],
  ['has no such tag, and does not take them', MISSING, REFUSED, { kind: 'missing', isSent: false, isAsked: false }],
  ['lets those it knows ask more often', BUSY, 'found', { kind: 'found', isSent: true, isAsked: false }],
  ['is busy', BUSY, BUSY, { kind: 'unanswered', isSent: false, isAsked: false }],
])('credentials for a registry that %s', async (_, without, withThem, expected) => {
  const ask = async (auth?: object) => {
    const answer = auth ? withThem : without;
    if (answer !== 'found') throw answer;
    return 'it';
  };
  const auths = { of: async () => ({ ...CREDENTIALS, user: 'ann', expires: undefined }) };
  const { kind, credentials, isAsked } = await lookUp('r.test/a', auths, ask, new AbortController().signal);
  expect({ kind, isSent: credentials !== undefined, isAsked }).toEqual(expected);
});
