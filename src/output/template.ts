// Lines with fields of an object in them, as `docker --format` writes them: `{{.name}}`, `{{.swarm.role}}`. Nothing else of Go's
// templates: no functions, no conditions. Pure.
import { UsageError } from '../errors.ts';
import { visible } from './visible.ts';

/** A text, or the path of a field. */
type Part = string | readonly string[];

export type Template = readonly Part[];

const FIELD = /^\s*\.([A-Za-z]\w*(?:\.[\w.-]+)?)\s*$/;

/**
 * `fields` are those that there are, dotted; one that ends in `.` stands for a mapping whose keys are not known beforehand.
 * @throws UsageError naming what is no field, with those that there are
 */
export function readTemplate(text: string, fields: readonly string[]): Template {
  return text.split(/(\{\{.*?\}\})/s).map((part): Part => {
    const [, inside] = /^\{\{(.*)\}\}$/s.exec(part) ?? [];
    if (inside === undefined) return checkedText(text, part).replaceAll('\\t', '\t').replaceAll('\\n', '\n');
    const [, name] = FIELD.exec(inside) ?? [];
    if (name !== undefined && isField(name, fields)) return name.split('.');
    const what = name === undefined ? `${part} is not a field` : `there is no field .${name}`;
    throw new UsageError(`--format: ${what}`, { hint: `fields are ${fields.map(shown).join(', ')}` });
  });
}

function checkedText(whole: string, part: string): string {
  if (!part.includes('{{')) return part;
  throw new UsageError(`--format: ${JSON.stringify(whole)} has a {{ without its }}`, { hint: 'such as {{.name}}' });
}

/** A field, or a mapping that has fields. */
const isField = (name: string, fields: readonly string[]): boolean =>
  fields.some(
    (field) =>
      field === name ||
      field.startsWith(`${name}.`) ||
      (field.endsWith('.') && name.startsWith(field) && name !== field),
  );

const shown = (field: string): string => (field.endsWith('.') ? `.${field}KEY` : `.${field}`);

/** Whether one of its fields is this mapping or in it. */
export const mentions = (template: Template, mapping: string): boolean =>
  template.some((part) => typeof part !== 'string' && part[0] === mapping);

/** The lines for one object. What is not known is empty, a list has commas, and a mapping is JSON. */
export function fillTemplate(template: Template, object: object): string[] {
  const parts = template.map((part) => (typeof part === 'string' ? part : visible(textOf(valueAt(part, object)))));
  return parts.join('').split('\n');
}

/** Keys may have dots in them, as labels have: what is left of the path is one key, too. */
function valueAt([key = '', ...rest]: readonly string[], object: unknown): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  const whole = [key, ...rest].join('.');
  if (Object.hasOwn(object, whole)) return (object as Record<string, unknown>)[whole];
  return Object.hasOwn(object, key) ? valueAt(rest, (object as Record<string, unknown>)[key]) : undefined;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
