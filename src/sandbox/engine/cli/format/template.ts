// Go templates, the part that docker's --format is used for: fields, json and a few other functions, if, range.

import { Failure } from '../framework/command.ts';
import { goJson, goText, isTruthy } from './values.ts';

type Part =
  | { kind: 'text'; text: string }
  | { kind: 'value'; expression: string }
  | { kind: 'if' | 'range'; expression: string; body: Part[]; otherwise: Part[] };

const fault = (why: string) => new Failure(`template parsing error: template: :1: ${why}`);

/** Makes a function that prints one value. */
export function compile(template: string): (value: unknown) => string {
  const tokens = template.split(/(\{\{.*?\}\})/s);
  const parts = parse(tokens, false);
  return (value) => print(parts, value);
}

function parse(tokens: string[], nested: boolean): Part[] {
  const parts: Part[] = [];
  while (tokens.length > 0) {
    const token = tokens[0]!;
    const action = /^\{\{-?\s*(.*?)\s*-?\}\}$/s.exec(token)?.[1];
    if (action === 'end' || action === 'else') {
      if (!nested) throw fault(`unexpected {{${action}}}`);
      return parts;
    }
    tokens.shift();
    const block = /^(if|range)\s+(.*)$/s.exec(action ?? '');
    if (action === undefined) {
      if (token.includes('{{')) throw fault('unclosed action');
      parts.push({ kind: 'text', text: token });
    } else if (block !== null) {
      const body = parse(tokens, true);
      const hasElse = /else/.test(tokens.shift() ?? '');
      const otherwise = hasElse ? parse(tokens, true) : [];
      if (hasElse) tokens.shift();
      parts.push({ kind: block[1] as 'if' | 'range', expression: block[2]!, body, otherwise });
    } else {
      parts.push({ kind: 'value', expression: action });
    }
  }
  if (nested) throw fault('unexpected EOF');
  return parts;
}

function print(parts: Part[], dot: unknown): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const value = evaluate(part.expression, dot);
      if (part.kind === 'value') return goText(value);
      if (!isTruthy(value)) return print(part.otherwise, dot);
      if (part.kind === 'if') return print(part.body, dot);
      return Object.values(value as object)
        .map((item) => print(part.body, item))
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

function evaluate(expression: string, dot: unknown): unknown {
  let piped: unknown[] = [];
  for (const stage of expression.split(/\s*\|\s*/)) {
    const words = stage.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    const [first = '', ...rest] = words;
    const call = Object.hasOwn(functions, first) ? functions[first] : undefined;
    if (call === undefined && rest.length > 0) throw fault(`function "${first}" not defined`);
    piped = [call === undefined ? operand(first, dot) : call(...rest.map((word) => operand(word, dot)), ...piped)];
  }
  return piped[0];
}

function operand(word: string, dot: unknown): unknown {
  if (word.startsWith('"')) return JSON.parse(word) as string;
  if (/^\d+$/.test(word)) return Number(word);
  if (word === '.') return dot;
  if (!/^(\.\w+)+$/.test(word)) throw fault(`function "${word}" not defined`);
  let value = dot;
  for (const name of word.slice(1).split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      throw new Failure(
        `template parsing error: template: :1:2: executing "" at <${word}>: can't evaluate field ${name} in type interface {}`,
      );
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
