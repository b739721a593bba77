// The message of simulated hosts for everything that they do not support, with a pointer to hosts that do.

export const NOT_PLAYED = 'not supported by simulated hosts: belt sandbox start --hosts engine';

/** The exit code of such a command: docker's own for arguments that it cannot handle. */
export const NOT_PLAYED_CODE = 125;
