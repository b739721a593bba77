// What a name pattern is once it is read. Plain values: parse makes them, expand and print read them.

/** What one word holds: items that commas separate. */
export interface Pattern {
  /** The word as it was typed, for messages. */
  readonly word: string;
  readonly items: readonly Item[];
}

/** One name or many, which the word selects or (`!`) excludes. */
export interface Item {
  readonly excluded: boolean;
  readonly sequence: Sequence;
  /** Where it begins in the word, from 0. */
  readonly column: number;
}

/** Parts side by side: their values multiply, the leftmost varying slowest. */
export type Sequence = readonly Part[];

export type Part = Text | Bracket | Braces;

export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

/** `[1:3,7]` */
export interface Bracket {
  readonly kind: 'bracket';
  readonly spans: readonly Span[];
  readonly column: number;
}

/** `{web,db[1:2]}` */
export interface Braces {
  readonly kind: 'braces';
  readonly choices: readonly Sequence[];
  readonly column: number;
}

/** `7`, `01:10`, `1:9:2`, `a:c`: from and to are numbers, or the code points of letters. */
export interface Span {
  readonly kind: 'numbers' | 'letters';
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** How many digits at least: those of the first number, so that `01:10` keeps its zeros. */
  readonly width: number;
}
