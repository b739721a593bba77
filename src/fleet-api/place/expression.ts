// `region==us*`, `container!=~/^web/`: how Swarm v1 wrote constraints and affinities. Pure.
import { Refusal } from '../refusal.ts';

export interface Expression {
  /** In lower case. */
  key: string;
  operator: '==' | '!=';
  /** Without the `~` of a soft one. */
  value: string;
  /** A wish: where no node has it, any node will do. */
  isSoft: boolean;
}

const KEY = /^[a-z_][a-z0-9\-_.]+$/i;
const VALUE = /^[=!/]?~?[a-z0-9:\-_\s.*/()?+[\]\\^$|]+$/i;

/** @throws Refusal in Swarm v1's words */
export function parseExpression(text: string): Expression {
  // Swarm v1 looks for == first, wherever it is.
  const operator = (['==', '!='] as const).find((sign) => text.includes(sign));
  if (operator === undefined) throw new Refusal(500, 'One of operator ==, != is expected');
  const at = text.indexOf(operator);
  const [key, given] = [text.slice(0, at), text.slice(at + operator.length)];
  if (!KEY.test(key)) throw new Refusal(500, `Key '${key}' is invalid`);
  const value = given.replace(/^~+/, '');
  if (!VALUE.test(given) || value === '' || !isPattern(value)) throw new Refusal(500, `Value '${given}' is invalid`);
  return { key: key.toLowerCase(), operator, value, isSoft: given.startsWith('~') };
}

const isRegExp = (value: string): boolean => value.length > 1 && value.startsWith('/') && value.endsWith('/');

function isPattern(value: string): boolean {
  try {
    patternOf(value);
    return true;
  } catch {
    return false;
  }
}

/** `/re/` is a regular expression that may match anywhere, with its flags at the beginning, `/(?i)re/`; in anything else `*` stands for any characters. */
function patternOf(value: string): RegExp {
  if (isRegExp(value)) {
    const [, flags = '', source = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(value.slice(1, -1)) ?? [];
    return new RegExp(source, [...new Set(flags)].join(''));
  }
  const parts = value.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** Whether one of the texts has the value; with `!=`, whether none has it. */
export function holds({ operator, value }: Expression, texts: readonly string[]): boolean {
  const pattern = patternOf(value);
  return texts.some((text) => pattern.test(text)) === (operator === '==');
}

/** As the failure of a filter names it. */
export const told = ({ key, operator, value, isSoft }: Expression): string =>
  `${key}${operator}${value} (soft=${isSoft})`;

/** The same for a constraint. */
export const toldPlainly = ({ key, operator, value }: Expression): string => `${key}${operator}${value}`;
