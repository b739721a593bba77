/** An answer that is no JSON, or of which the rest comes later: its headers are sent at once. */
export class Reply {
  readonly headers: Record<string, string>;
  readonly pieces: Iterable<Buffer | string> | AsyncIterable<Buffer | string>;

  constructor(type: string, pieces: Reply['pieces'], headers: Record<string, string> = {}) {
    this.headers = { 'Content-Type': type, ...headers };
    this.pieces = pieces;
  }
}
