// Colour on a terminal, nothing anywhere else. chalk reads argv and ignores NO_COLOR, so belt decides for itself.

export type Paint = (text: string) => string;

export interface Colours {
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
  blue: Paint;
  magenta: Paint;
  dim: Paint;
  bold: Paint;
}

export interface ColourWish {
  /** The stream is a terminal. */
  terminal: boolean;
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color` was given. */
  refused: boolean;
}

const same: Paint = (text) => text;
const PLAIN: Colours = {
  red: same,
  green: same,
  yellow: same,
  cyan: same,
  blue: same,
  magenta: same,
  dim: same,
  bold: same,
};

/**
 * Whether to paint: on a terminal that is not dumb, or with FORCE_COLOR (https://force-color.org); never with `--no-color` or
 * NO_COLOR (https://no-color.org).
 */
export function wantsColour({ terminal, env, refused }: ColourWish): boolean {
  if (refused || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  return terminal && env['TERM'] !== 'dumb';
}

/** The paints for one stream; chalk is loaded only where there is something to paint. */
export async function colours(wish: ColourWish): Promise<Colours> {
  if (!wantsColour(wish)) return PLAIN;
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
}
