// What the registry of an image says of it, asked through an engine: without credentials first, so that those of this machine go
// nowhere where nobody asks for them.
import { EngineError } from '../engine/error.ts';
import { messageOf } from '../errors.ts';
import type { Credentials, RegistryAuths } from './auths.ts';
import { HUB, registryOf } from './hosts.ts';

/**
 * `refused`: not told to whoever asked, who need not learn whether there is such an image. `missing`: the registry says that it has
 * none. `unanswered`: nobody knows, as it is out of reach, busy or broken.
 */
export type Failure = 'refused' | 'missing' | 'unanswered';

type Answer<T> = { kind: 'found'; found: T } | { kind: Failure; why: string };

export type LookUp<T> = Answer<T> & {
  /** What this machine has for the registry, where that helps to get the image. */
  credentials: Credentials | undefined;
  /** The registry asks for them: it helped for more than this moment. */
  isAsked: boolean;
};

/** `ask` throws where the engine says anything but that there is such an image. */
export async function lookUp<T>(
  image: string,
  auths: Pick<RegistryAuths, 'of'>,
  ask: (auth?: object) => Promise<T>,
  signal: AbortSignal,
): Promise<LookUp<T>> {
  const without = await answerOf(image, () => ask(), signal);
  if (without.kind === 'found') return { ...without, credentials: undefined, isAsked: false };
  const credentials = await auths.of(image);
  if (!credentials) return { ...without, credentials, isAsked: false };
  const withThem = await answerOf(image, () => ask(credentials.auth), signal);
  const isFound = withThem.kind === 'found';
  const isAsked = without.kind === 'refused' ? withThem.kind !== 'refused' : without.kind === 'missing' && isFound;
  // Credentials that are wrong tell nothing of what anybody is told.
  const told = without.kind === 'missing' && withThem.kind === 'refused' ? without : withThem;
  return { ...told, credentials: isAsked || isFound ? credentials : undefined, isAsked };
}

async function answerOf<T>(image: string, ask: () => Promise<T>, signal: AbortSignal): Promise<Answer<T>> {
  try {
    return { kind: 'found', found: await ask() };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: failureOf(image, error), why: wordsOf(error) };
  }
}

const wordsOf = (error: unknown): string =>
  (error instanceof EngineError ? error.words : messageOf(error)).replaceAll(/\s*\n\s*/g, ' ').trim();

const BUSY = /toomanyrequests|too many requests|rate limit/i;
/** Of Docker Hub and others: there is no such repository, or it is private. */
const NO_ACCESS = /requested access to the resource is denied|pull access denied|insufficient_scope/i;
const NOT_ALLOWED = /\b(?:unauthorized|denied|forbidden)\b|authentication required|no basic auth credentials/i;
const NO_SUCH = /\b(?:manifest|name) unknown\b/i;

/**
 * What a registry's refusal means. Engines hand on the registry's status only where nothing stands between; else it is 500, and their
 * words say it (moby, api/server/httpstatus: statusCodeFromDistributionError).
 */
export function failureOf(image: string, error: unknown): Failure {
  if (!(error instanceof EngineError) || error.status === 0) return 'unanswered';
  const { status } = error;
  // Addresses have the names of images in them, which may be any word.
  const words = error.words.replaceAll(/"[^"]*"/g, '');
  if (status === 429 || BUSY.test(words)) return 'unanswered';
  // Nothing there is private.
  if (isOfficial(image) && NO_ACCESS.test(words)) return 'missing';
  if (status === 401 || status === 403 || NO_ACCESS.test(words) || NOT_ALLOWED.test(words)) return 'refused';
  if (NO_SUCH.test(words)) return 'missing';
  // An engine without this call says so with 404 as well.
  return status === 404 && !/page not found|^not found$/i.test(words.trim()) ? 'missing' : 'unanswered';
}

/** One that Docker Hub itself publishes: `nginx`, `library/nginx`. */
const isOfficial = (image: string): boolean =>
  registryOf(image) === HUB && /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?[^/]+$/.test(image);
