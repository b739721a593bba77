// OpenAPI 3.0 writes schemas almost as JSON Schema does; this is the rest of the way.

export type Schema = Record<string, unknown>;
type Resolve = <T>(value: T) => T;

/** The schema with its references put in place and `nullable` in JSON Schema's words. */
export function jsonSchemaOf(schema: Schema, resolve: Resolve): Schema {
  return convert(schema, resolve) as Schema;
}

/** Every property that the schema knows, in all its alternatives. */
export function propertiesOf(schema: Schema, resolve: Resolve): Set<string> {
  const { properties, ...parts } = resolve(schema);
  const names = new Set(Object.keys((properties as object | undefined) ?? {}));
  for (const way of ['allOf', 'oneOf', 'anyOf']) {
    for (const part of (parts[way] as Schema[] | undefined) ?? []) {
      for (const name of propertiesOf(part, resolve)) {
        names.add(name);
      }
    }
  }
  return names;
}

const WORDS_FOR_READERS = new Set([
  'description',
  'example',
  'examples',
  'discriminator',
  'title',
  'deprecated',
  'default',
]);

function convert(value: unknown, resolve: Resolve): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => convert(item, resolve));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { nullable, ...schema } = resolve(value) as Schema;
  const converted: Schema = {};
  for (const [key, part] of Object.entries(schema)) {
    if (key === 'properties') {
      converted[key] = convertEach(part as Schema, resolve);
    } else if (!WORDS_FOR_READERS.has(key)) {
      converted[key] = convert(part, resolve);
    }
  }
  return nullable === true ? { anyOf: [converted, { type: 'null' }] } : converted;
}

/** Properties may be named as words of the schema language are. */
function convertEach(properties: Schema, resolve: Resolve): Schema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, convert(schema, resolve)]));
}
