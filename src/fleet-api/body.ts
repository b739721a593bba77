// What clients send as JSON, read as an engine reads it: refused in its words where it is none, or of another type.
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { parseJson } from './json.ts';
import { Refusal } from './refusal.ts';

const texts = z.array(z.string()).nullish();
const textsByName = z.record(z.string(), z.string()).nullish();
const whole = z.union([z.int(), z.bigint()]).nullish();
const binding = z.looseObject({ HostIp: z.string().nullish(), HostPort: z.string().nullish() });

/** What is read of the bodies of requests; the rest is the engine's to check. */
const SHAPES = {
  any: z.looseObject({}),
  container: z.looseObject({
    Image: z.string().nullish(),
    Env: texts,
    Labels: textsByName,
    ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    NetworkingConfig: z.looseObject({ EndpointsConfig: z.record(z.string(), z.unknown()).nullish() }).nullish(),
    HostConfig: z
      .looseObject({
        PortBindings: z.record(z.string(), z.array(binding).nullable()).nullish(),
        NetworkMode: z.string().nullish(),
        PidMode: z.string().nullish(),
        IpcMode: z.string().nullish(),
        Memory: whole,
        NanoCpus: whole,
        VolumesFrom: texts,
        Links: texts,
        Binds: texts,
        VolumeDriver: z.string().nullish(),
        Mounts: z.array(z.looseObject({ Type: z.string().nullish(), Source: z.string().nullish() })).nullish(),
      })
      .nullish(),
  }),
  network: z.looseObject({ Name: z.string().nullish(), Driver: z.string().nullish(), Options: textsByName }),
  connection: z.looseObject({ Container: z.string().nullish() }),
  volume: z.looseObject({ Name: z.string().nullish(), Labels: textsByName }),
} satisfies Record<string, z.ZodType>;

type Shapes = typeof SHAPES;
export type Kind = keyof Shapes;
export type Body<K extends Kind> = z.infer<Shapes[K]>;

/** @throws Refusal with status 400 */
export function readBody<K extends Kind>(kind: K, text: string): Body<K> {
  if (text.trim() === '') throw invalid('got EOF while reading request body');
  const body = asJson(text);
  const { error } = SHAPES[kind].safeParse(body);
  if (error) throw invalid(wordsOf(error));
  return body as Body<K>;
}

function asJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw invalid(messageOf(error));
  }
}

const invalid = (why: string): Refusal => new Refusal(400, `invalid JSON: ${why}`);

function wordsOf({ issues: [first] }: z.ZodError): string {
  const { path = [], message = '' } = first ?? {};
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

const FILTERS = z.record(z.string(), z.union([z.array(z.string()), z.record(z.string(), z.boolean())])).nullable();

/** Filters are lists, or objects with `true` from older clients. @throws Refusal with status 400 */
export function readFilters(text: string | null): Record<string, string[]> {
  if (text === null || text === '') return {};
  const { error, data } = FILTERS.safeParse(filtersIn(text));
  if (error) throw new Refusal(400, `invalid filter: ${wordsOf(error)}`);
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, values]) => [key, Array.isArray(values) ? values : Object.keys(values)]),
  );
}

function filtersIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `invalid filter: ${messageOf(error)}`);
  }
}
