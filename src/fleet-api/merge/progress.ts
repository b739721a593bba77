// The progress of one engine's pull or load as a line of the fleet's. Pure but for what it remembers of the layers.

interface Message {
  id?: string;
  status?: string;
  stream?: string;
  error?: string;
  progressDetail?: { current?: number; total?: number };
}

/** Turns an engine's lines into those of its node: clients show one line an id. */
export class NodeProgress {
  readonly #node: string;
  readonly #what: string;
  /** What was said for all nodes. */
  readonly #told: Set<string>;
  readonly #layers = new Map<string, { current: number; total: number }>();
  #shown = '';
  /** What its engine said went wrong. */
  error: string | undefined;

  constructor(node: string, what: string, told: Set<string>) {
    this.#told = told;
    this.#node = node;
    this.#what = what;
  }

  get started(): string {
    return this.#line({ status: `${this.#what}...` });
  }

  /** At the end. */
  get ended(): string {
    return this.#line({
      status: this.error === undefined ? `${this.#what}... : done` : `${this.#what}... : ${this.error}`,
    });
  }

  /** Of a node that does not do it. */
  leftOut(why: string): string {
    return this.#line({ status: `${this.#what}... : left out: ${why}` });
  }

  /** What is to be shown of it; undefined where nothing new is. */
  read(line: string): string | undefined {
    const message = messageIn(line);
    if (message.error !== undefined) this.error = message.error;
    if (message.stream !== undefined) return this.#once(line);
    const { id, status = '', progressDetail: { current = 0, total = 0 } = {} } = message;
    if (id === undefined && message.error === undefined) return this.#once(line);
    if (id === undefined || total === 0) return undefined;
    this.#layers.set(`${id} ${status}`, { current, total });
    const layers = [...this.#layers].filter(([key]) => key.endsWith(` ${status}`)).map(([, layer]) => layer);
    const sum = (key: 'current' | 'total') => layers.reduce((all, layer) => all + layer[key], 0);
    const text = this.#line({ status, progressDetail: { current: sum('current'), total: sum('total') } });
    if (text === this.#shown) return undefined;
    this.#shown = text;
    return text;
  }

  /** Which image it was: clients read it, and every node says the same. */
  #once(line: string): string | undefined {
    if (this.#told.has(line)) return undefined;
    this.#told.add(line);
    return `${line.trim()}\n`;
  }

  #line(message: Omit<Message, 'id'>): string {
    return `${JSON.stringify({ id: this.#node, ...message })}\n`;
  }
}

function messageIn(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return {};
  }
}
