// `--fault ssh-reset=N`: so many connections are cut in the middle of their first command.

/** Holds how many are still to be cut. */
export const RESETS_FILE = '/var/lib/sandbox-resets';

export const FAULT_CONFIG = 'ForceCommand /usr/lib/sandbox/maybe-cut\n';

/** root's shell gives way to this script, so that its parent is the connection's sshd. */
export const MAYBE_CUT = `#!/bin/sh
left=$(cat ${RESETS_FILE} 2> /dev/null || echo 0)
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) > ${RESETS_FILE}
  kill -KILL $PPID
  exit 255
fi
[ -n "$SSH_ORIGINAL_COMMAND" ] || exec /bin/bash -l
exec /bin/bash -c "$SSH_ORIGINAL_COMMAND"
`;
