// Plain values as YAML that belt, docker and others read alike: a text that some reader takes for a number, a date or true is in quotes.
import { Document, isScalar, visit } from 'yaml';
import { resolvePlain } from '../compose/scalar.ts';
import { visible } from '../output/visible.ts';

/** What a reader of YAML 1.1 makes of a bare word. */
const OLD = /^(?:y|yes|n|no|on|off)$|^[-+\d.][\d_:.xob-]*$/i;

export function toYaml(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(key, node) {
      if (typeof node.value !== 'string') return;
      // Escapes are for double quotes alone.
      const isRaw = visible(node.value.replaceAll('\n', '')) !== node.value.replaceAll('\n', '');
      const isTaken = typeof resolvePlain(node.value).value !== 'string' || OLD.test(node.value);
      if (isRaw || isTaken || (key === 'key' && !isScalar(node))) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}
