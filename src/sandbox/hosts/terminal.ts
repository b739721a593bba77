// The terminal of a session with a pty: what the kernel does between the user's keyboard and the command.

export interface Terminal {
  term: string;
  rows: number;
  cols: number;
}

interface Keys {
  input: (bytes: Buffer) => void;
  endOfInput: () => void;
  interrupt: () => void;
  echo: (text: string) => void;
}

const CTRL_C = 3;
const CTRL_D = 4;
const RETURN = 13;
const NEWLINE = 10;
const DELETE = 127;

/** Takes keys, hands on whole lines, echoes, and turns ^C into an interrupt and ^D into the end of the input. */
export function lineDiscipline(keys: Keys): (bytes: Buffer) => void {
  let line: number[] = [];
  const pass = () => {
    if (line.length > 0) keys.input(Buffer.from(line));
    line = [];
  };
  const press = (key: number) => {
    if (key === CTRL_C) {
      line = [];
      keys.echo('^C');
      keys.interrupt();
    } else if (key === CTRL_D) {
      if (line.length === 0) keys.endOfInput();
      pass();
    } else if (key === RETURN || key === NEWLINE) {
      line.push(NEWLINE);
      keys.echo('\r\n');
      pass();
    } else if (key === DELETE) {
      if (line.pop() !== undefined) keys.echo('\b \b');
    } else {
      line.push(key);
      keys.echo(String.fromCharCode(key));
    }
  };
  return (bytes) => bytes.forEach(press);
}

/** What the terminal makes of a command's newlines. */
export function cooked(data: string | Buffer): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!bytes.includes(NEWLINE)) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}
