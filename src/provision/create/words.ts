// Words that a user is to type again.

/** A word as it must be typed again: brackets are safe only where no file has such a name. */
export const shown = (word: string): string => (/^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word}'`);
