// From a Pattern back to a word that means the same.
import type { Part, Pattern, Sequence, Span } from './types.ts';

/** The word for a pattern: `expand([print(parse(word))])` equals `expand([word])`. */
export function print(pattern: Pattern): string {
  return pattern.items.map(({ excluded, sequence }) => (excluded ? '!' : '') + printSequence(sequence)).join(',');
}

function printSequence(sequence: Sequence): string {
  return sequence.map(printPart).join('');
}

function printPart(part: Part): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'bracket') return `[${part.spans.map(printSpan).join(',')}]`;
  return `{${part.choices.map(printSequence).join(',')}}`;
}

function printSpan(span: Span): string {
  const from = spanValue(span, span.from);
  if (span.from === span.to) return from;
  const range = `${from}:${spanValue(span, span.to)}`;
  return span.step === 1 ? range : `${range}:${span.step}`;
}

/** One value of a span as it appears in a name: a letter, or a number with the span's zeros. */
export function spanValue(span: Span, value: number): string {
  return span.kind === 'letters' ? String.fromCharCode(value) : String(value).padStart(span.width, '0');
}
