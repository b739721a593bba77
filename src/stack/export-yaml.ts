// Plain values as YAML that belt, docker and others read alike: a text that some reader takes for a number, a date or true is in quotes.
import { Document, visit } from 'yaml';
import { resolvePlain } from '../compose/scalar.ts';
import { visible } from '../output/visible.ts';

/** What a reader of YAML 1.1 makes of a bare word. */
const OLD = /^(?:y|yes|n|no|on|off)$|^[-+\d.][\d_:.xob-]*$|^\d{4}-\d\d?-\d\d?[t\s]/i;

export function toYaml(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      // Escapes are for double quotes alone.
      const isRaw = visible(node.value.replaceAll('\n', '')) !== node.value.replaceAll('\n', '');
      const isTaken = typeof resolvePlain(node.value).value !== 'string' || OLD.test(node.value);
      if (isRaw || isTaken) node.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  // These are in double quotes alone; how a screen shows them is no escape of YAML.
  return text.replace(
    /(?=[\u{10000}-\u{10ffff}])\p{Cf}/gu,
    (character) => `\\U${character.codePointAt(0)!.toString(16).padStart(8, '0')}`,
  );
}
