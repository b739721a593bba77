// DigitalOcean's own description of its API, as a judge of requests and answers.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { jsonSchemaOf, propertiesOf, type Schema } from './json-schema.ts';

const PATH =
  process.env['BELT_OPENAPI'] ?? fileURLToPath(new URL('../../../shared/digitalocean/openapi.json', import.meta.url));

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  schema: Schema;
}

interface Content {
  content?: { 'application/json'?: { schema: Schema } };
}

interface Operation {
  template: string;
  description?: string;
  parameters: Parameter[];
  requestBody: (Content & { required?: boolean }) | undefined;
  responses: Record<string, Content>;
  security?: Record<string, string[]>[];
}

interface Description {
  paths: Record<string, Record<string, Omit<Operation, 'template'>>>;
}

/**
 * Whether the description is on this machine. Where it is not, tests against it are skipped with one line, but CI
 * must have it.
 */
export function openApiIsHere(): boolean {
  const here = existsSync(PATH);
  if (!here && process.env['CI'] === 'true') {
    throw new Error(`no API description at ${PATH}; name one in BELT_OPENAPI`);
  }
  if (!here) {
    console.warn(`skipped: no API description at ${PATH} (BELT_OPENAPI names another)`);
  }
  return here;
}

/** What the description has against a request; empty when nothing. */
export function validateRequest(request: {
  method: string;
  path: string;
  query?: Record<string, string>;
  body?: unknown;
}): string[] {
  const operation = find(request.method, request.path);
  if (!operation) {
    return [`${request.method} ${request.path} is not in the description`];
  }
  return [...queryProblems(operation, request.query ?? {}), ...bodyProblems(operation, request.body)];
}

/** The rights (scopes) that a request takes. */
export const rightsIn = (method: string, path: string): string[] =>
  find(method, path)?.security?.flatMap((scheme) => Object.values(scheme).flat()) ?? [];

/** What the description has against an answer; empty when nothing. */
export function validateResponse(response: { method: string; path: string; status: number; body?: unknown }): string[] {
  const { method, path, status, body } = response;
  const operation = find(method, path);
  // What is not described is not supported either; a HEAD is described by its GET.
  if (!operation) {
    return status === 501 || method === 'HEAD'
      ? []
      : [`${method} ${path} is not in the description and answered ${status}`];
  }
  const described = operation.responses[status] ?? (status >= 400 ? operation.responses['default'] : undefined);
  if (!described) {
    return [`${method} ${operation.template} has no answer ${status}`];
  }
  const schema = resolve(described).content?.['application/json']?.schema;
  if (!schema) {
    return body === undefined ? [] : [`${method} ${operation.template} ${status} has no body`];
  }
  return schemaProblems(schema, body, 'body');
}

function queryProblems(operation: Operation, query: Record<string, string>): string[] {
  const known = operation.parameters.map(resolve).filter((parameter) => parameter.in === 'query');
  const missing = known.filter(({ name, required }) => required && query[name] === undefined);
  const problems = missing.map(({ name }) => `${operation.template} needs the query ${name}`);
  for (const [name, value] of Object.entries(query)) {
    const parameter = known.find((each) => each.name === name);
    problems.push(
      ...(parameter
        ? schemaProblems(parameter.schema, coerced(resolve(parameter.schema), value), `query ${name}`)
        : isInText(operation, name)
          ? []
          : [`${operation.template} knows no query ${name}`]),
    );
  }
  return problems;
}

/** Some are only in the words about an operation: "expiry_seconds may be provided as a query parameter". */
const isInText = ({ description = '' }: Operation, name: string): boolean =>
  new RegExp(`\\b${name}\\s+may\\s+be\\s+provided\\s+as\\s+(a\\s+)?query\\s+parameter`).test(description);

function bodyProblems({ requestBody, template }: Operation, body: unknown): string[] {
  const described = requestBody && resolve(requestBody);
  const schema = described?.content?.['application/json']?.schema;
  if (!schema) {
    return body === undefined ? [] : [`${template} takes no body`];
  }
  if (body === undefined) {
    return described.required ? [`${template} needs a body`] : [];
  }
  const known = propertiesOf(schema, resolve);
  const strange = Object.keys(body as object).filter((name) => !known.has(name));
  return [...schemaProblems(schema, body, 'body'), ...strange.map((name) => `${template} knows no field ${name}`)];
}

let loaded: Description | undefined;
function description(): Description {
  loaded ??= JSON.parse(readFileSync(PATH, 'utf8')) as Description;
  return loaded;
}

/** The operation; a path without parameters is preferred. */
function find(method: string, path: string): Operation | undefined {
  const segments = path.replace(/\/+$/, '').split('/');
  const fits = (template: string) => {
    const wanted = template.split('/');
    return (
      wanted.length === segments.length && wanted.every((want, at) => want.startsWith('{') || want === segments[at])
    );
  };
  const templates = Object.keys(description().paths).filter(fits);
  const count = (template: string) => template.split('{').length;
  for (const template of templates.sort((a, b) => count(a) - count(b))) {
    const operation = description().paths[template]?.[method.toLowerCase()];
    if (operation) {
      return { ...operation, template, parameters: operation.parameters ?? [] };
    }
  }
  return undefined;
}

function resolve<T>(value: T): T {
  const reference = (value as { $ref?: string }).$ref;
  if (reference === undefined) {
    return value;
  }
  const steps = reference.slice(2).split('/');
  return resolve(steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], description()) as T);
}

function coerced(schema: Schema, value: string): unknown {
  if (schema['type'] === 'integer' || schema['type'] === 'number') {
    return Number(value);
  }
  return schema['type'] === 'boolean' ? value === 'true' : value;
}

const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
// The package's types describe its CommonJS face.
((formats as unknown as { default?: (ajv: Ajv) => void }).default ?? (formats as unknown as (ajv: Ajv) => void))(ajv);
const compiled = new Map<Schema, ValidateFunction>();

function schemaProblems(schema: Schema, value: unknown, what: string): string[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(jsonSchemaOf(schema, resolve));
    compiled.set(schema, validate);
  }
  return validate(value) ? [] : (validate.errors ?? []).map((error) => inWords(what, error));
}

function inWords(what: string, { instancePath, message, params }: ErrorObject): string {
  return `${what}${instancePath} ${message} ${JSON.stringify(params)}`;
}
