// `web-*` and `db?`. Two pointers and no regular expression: a*a*a*a*b must not take exponential time.

/** Whether a word holds a wildcard. */
export function isGlob(word: string): boolean {
  return /[*?]/.test(word);
}

/** Whether a whole name matches: `*` is any text, also none, `?` one character. */
export function globMatches(glob: string, name: string): boolean {
  let g = 0;
  let n = 0;
  // Where to go back to when the rest does not fit: the last star takes one character more.
  let star = -1;
  let taken = 0;
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g;
      taken = n;
      g += 1;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === name[n])) {
      g += 1;
      n += 1;
    } else if (star >= 0) {
      g = star + 1;
      taken += 1;
      n = taken;
    } else return false;
  }
  while (glob[g] === '*') g += 1;
  return g === glob.length;
}
