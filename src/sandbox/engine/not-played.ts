// What simulated hosts say of everything that they do not play: in their own name, with the way to hosts that do.

export const NOT_PLAYED = 'not supported by simulated hosts: belt sandbox start --hosts engine';

/** The exit code of a command that was refused so: the one that docker has for words that it cannot take. */
export const NOT_PLAYED_CODE = 125;
