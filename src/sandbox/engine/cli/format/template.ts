// Go templates, the part that docker's --format is used for: fields, json and a few other functions, if, range.

import type { GoType } from './goTypes.ts';
import { goJson, goText, isTruthy } from './values.ts';

/** An expression, and where it begins in the template: errors say so. */
interface Expression {
  text: string;
  at: number;
}

type Part =
  | { kind: 'text'; text: string }
  | { kind: 'value'; expression: Expression }
  | { kind: 'if' | 'range'; expression: Expression; body: Part[]; otherwise: Part[] };

/** The template cannot be read. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

/** The template asks a value for what it has not. */
export class FieldFault extends Error {
  override readonly name = 'FieldFault';
}

export interface TemplateOptions {
  /** The template's own name, which is in its errors. */
  name?: string;
  type?: GoType;
}

/** Makes a function that prints one value. */
export function compile(template: string, { name = '', type }: TemplateOptions = {}): (value: unknown) => string {
  const source: Source = { name, fault: (why) => new TemplateFault(`template: ${name}:1: ${why}`) };
  let at = 0;
  const tokens = template.split(/(\{\{.*?\}\})/s).map((text) => {
    const token = { text, at };
    at += text.length;
    return token;
  });
  const parts = parse(tokens, source, false);
  for (const part of parts) checkNames(part, source);
  return (value) => print(parts, { value, type }, source);
}

interface Source {
  name: string;
  fault: (why: string) => TemplateFault;
}

function parse(tokens: Expression[], source: Source, nested: boolean): Part[] {
  const parts: Part[] = [];
  while (tokens.length > 0) {
    const token = tokens[0]!;
    const [, before = '', action] = /^(\{\{-?\s*)(.*?)\s*-?\}\}$/s.exec(token.text) ?? [];
    if (action === 'end' || action === 'else') {
      if (!nested) throw source.fault(`unexpected {{${action}}}`);
      return parts;
    }
    tokens.shift();
    const [, word, gap = '', rest = ''] = /^(if|range)(\s+)(.*)$/s.exec(action ?? '') ?? [];
    if (action === undefined) {
      if (token.text.includes('{{')) throw source.fault('unclosed action');
      parts.push({ kind: 'text', text: token.text });
    } else if (word !== undefined) {
      const body = parse(tokens, source, true);
      const hasElse = /else/.test(tokens.shift()?.text ?? '');
      const otherwise = hasElse ? parse(tokens, source, true) : [];
      if (hasElse) tokens.shift();
      const expression = { text: rest, at: token.at + before.length + word.length + gap.length };
      parts.push({ kind: word as 'if' | 'range', expression, body, otherwise });
    } else {
      parts.push({ kind: 'value', expression: { text: action, at: token.at + before.length } });
    }
  }
  if (nested) throw source.fault('unexpected EOF');
  return parts;
}

/** Functions that do not exist are found when the template is read, before there is a value. */
function checkNames(part: Part, source: Source): void {
  if (part.kind === 'text') return;
  for (const stage of part.expression.text.split(/\s*\|\s*/)) {
    for (const [word] of stage.matchAll(WORD)) {
      if (/^[a-zA-Z]\w*$/.test(word) && !Object.hasOwn(functions, word))
        throw source.fault(`function "${word}" not defined`);
    }
  }
  if (part.kind !== 'value') for (const inner of [...part.body, ...part.otherwise]) checkNames(inner, source);
}

const WORD = /"(?:[^"\\]|\\.)*"|[^\s|]+/g;

interface Dot {
  value: unknown;
  type: GoType | undefined;
}

function print(parts: Part[], dot: Dot, source: Source): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const value = evaluate(part.expression, dot, source);
      if (part.kind === 'value') return goText(value);
      if (!isTruthy(value)) return print(part.otherwise, dot, source);
      if (part.kind === 'if') return print(part.body, dot, source);
      return Object.values(value as object)
        .map((item) => print(part.body, { value: item, type: undefined }, source))
        .join('');
    })
    .join('');
}

const functions: Record<string, (...args: unknown[]) => unknown> = {
  json: (value) => goJson(value),
  upper: (value) => String(value).toUpperCase(),
  lower: (value) => String(value).toLowerCase(),
  title: (value) => titled(String(value)),
  len: (value) => (typeof value === 'string' ? value.length : Object.keys(value as object).length),
  join: (value, separator) => (value as unknown[]).map(goText).join(String(separator)),
  index: (value, key) => (value as Record<string, unknown>)[String(key)] ?? '',
  println: (...args) => `${args.map(goText).join(' ')}\n`,
};

/** `reachable` → `Reachable`. */
export const titled = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function evaluate({ text, at }: Expression, dot: Dot, source: Source): unknown {
  let piped: unknown[] = [];
  let stageAt = at;
  for (const stage of text.split('|')) {
    const words = [...stage.matchAll(WORD)].map((match) => ({ text: match[0], at: stageAt + match.index }));
    stageAt += stage.length + 1;
    const [first = { text: '', at }, ...rest] = words;
    const call = Object.hasOwn(functions, first.text) ? functions[first.text] : undefined;
    if (call === undefined && rest.length > 0) throw source.fault(`can't give argument to non-function ${first.text}`);
    const value =
      call === undefined
        ? operand(first, dot, source)
        : call(...rest.map((word) => operand(word, dot, source)), ...piped);
    piped = [value];
  }
  return piped[0];
}

function operand({ text: word, at }: Expression, dot: Dot, source: Source): unknown {
  if (word.startsWith('"')) return JSON.parse(word) as string;
  if (/^\d+$/.test(word)) return Number(word);
  if (word === '.') return dot.value;
  if (!/^(\.\w+)+$/.test(word)) throw source.fault(`bad character U+0023 in ${word}`);
  let { value, type } = dot;
  let offset = at;
  for (const name of word.slice(1).split('.')) {
    const why = (text: string) =>
      new FieldFault(`template: ${source.name}:1:${offset}: executing "${source.name}" at <${word}>: ${text}`);
    value = fieldOf({ value, type }, name, why);
    type = type?.fields?.[name];
    offset += name.length + 1;
  }
  return value;
}

function fieldOf({ value, type }: Dot, name: string, fault: (why: string) => FieldFault): unknown {
  if (value === null) throw fault(`nil pointer evaluating ${type?.name ?? 'interface {}'}.${name}`);
  if (typeof value === 'object' && Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
  if (type?.absent !== undefined && Object.hasOwn(type.absent, name)) return type.absent[name];
  // Of a map nothing is known but what is in it.
  if (type === undefined && typeof value === 'object') return undefined;
  throw fault(`can't evaluate field ${name} in type ${type?.name ?? typeof value}`);
}
