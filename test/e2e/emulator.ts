// A terminal's screen from what was written to it: as much of a VT100 as belt uses, and it throws at anything else.

/** What can be read on a screen so wide, which is as high as it takes; no line ends in a space. */
export function rendered(text: string, cols: number): string[] {
  const screen: string[][] = [[]];
  let [row, column] = [0, 0];
  const line = (): string[] => {
    while (screen.length <= row) screen.push([]);
    return screen[row]!;
  };
  const put = (char: string) => {
    if (column === cols) [row, column] = [row + 1, 0];
    const cells = line();
    while (cells.length < column) cells.push(' ');
    cells[column++] = char;
  };
  for (const [piece] of text.matchAll(/\x1b\[[\d;]*[A-Za-z]|[\s\S]/gu)) {
    const [, count, command] = /^\x1b\[([\d;]*)([A-Za-z])$/.exec(piece) ?? [];
    if (command === 'A') row = Math.max(0, row - Number(count || 1));
    else if (command === 'J') {
      screen.length = Math.min(screen.length, row + 1);
      line().length = Math.min(line().length, column);
    } else if (piece === '\n') row++;
    else if (piece === '\r') column = 0;
    else if (command !== undefined ? command !== 'm' : piece < ' ')
      throw new Error(`not known: ${JSON.stringify(piece)}`);
    else if (command === undefined) put(piece);
  }
  const lines = screen.map((cells) => cells.join('').trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Every picture of a live display that was drawn over and over. */
export const pictures = (text: string, cols: number): string[][] => {
  const ends = [...text.matchAll(/\x1b\[\d+A/g)].map(({ index }) => index);
  return ends.map((end) => rendered(text.slice(0, end), cols));
};
